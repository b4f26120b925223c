// Discord, as the chosen agent sees it.
import { composer, drawComposer } from "../composer/composer.js";
import { drawPlace, openPlace, placeRegion } from "./place.js";
import { drawPlaces, placesList } from "./places.js";

/** Puts Discord into its part of the page. */
export function buildDiscord(section) {
  section.append(...placesList(), placeRegion(composer()));
}

/** Draws it, and returns how many places have news. */
export function drawDiscord(stage) {
  drawPlace(stage);
  drawComposer(stage, openPlace(stage));
  return drawPlaces(stage);
}
