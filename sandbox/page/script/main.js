// Puts the page together: whenever the stage or what is looked at changes, every part draws itself.
import { buildAccount, drawAccount } from "./account/account.js";
import { buildBar, drawBar, drawLost } from "./bar.js";
import { buildDiscord, drawDiscord } from "./discord/discord.js";
import { forgetPlaces } from "./discord/places.js";
import { forget as forgetPrivate } from "./discord/private.js";
import { buildFaults, drawFaults } from "./faults/faults.js";
import { connect, on } from "./live.js";
import { keepMoments } from "./moment.js";
import { buildParts, drawParts } from "./parts.js";
import { buildPhones, drawPhones, forgetPhones } from "./phones/phones.js";
import { buildTour, drawTour, forgetTour } from "./tour/tour.js";
import { keepView, onLook, restoreView } from "./view.js";
import { addToWire, buildWire, forgetWire } from "./wire/wire.js";

/** @type {import("./live.js").Stage|null} */
let stage = null;
let drawing = false;
let run = null;
let connected = false;

const find = (id) => document.getElementById(id);
buildBar();
buildPhones(find("phones"));
buildDiscord(find("discord"));
buildAccount(find("account-panel"));
buildFaults(find("faults-panel"));
buildWire(find("wire-panel"));
buildParts(find("parts"), find("drawer"));
buildTour(find("tour"), find("tour-button"));

on("connection", (there) => {
  connected = there;
  find("lost").hidden = there;
  if (!there) drawLost();
});
on("run", (now) => {
  run = now;
  restoreView(run);
  forgetPhones();
  forgetPlaces();
  forgetPrivate();
  forgetTour();
  forgetWire();
});
on("stage", (now) => {
  stage = now;
  draw();
});
on("wire", addToWire);
onLook(draw);
keepMoments();
connect();

function draw() {
  // What a part finds while it draws can change what is looked at; one drawing shows it all.
  if (!stage || drawing) return;
  drawing = true;
  drawTour(stage);
  if (connected) drawBar(stage);
  const phones = drawPhones(stage);
  const places = drawDiscord(stage);
  drawAccount(stage);
  const faults = drawFaults(stage);
  drawParts({
    phones: phones ? "new" : "",
    discord: places ? "new" : "",
    faults: faults ? `${faults} now` : "",
  });
  keepView(run);
  drawing = false;
}
