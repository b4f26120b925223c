//! What the store promises, held by SQLite and PostgreSQL alike: the same tests run on both.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test that unwraps says where it failed; these tests have no clock"
)]

#[path = "../support/mod.rs"]
mod support;

mod failures;
mod inbox;
mod lanes;
mod messages;
mod outbox;
mod ownership;
mod people;
mod plans;
mod room;

use support::database::Engine;

/// Makes each of these functions a test on both engines.
macro_rules! on_both_engines {
    ($($room:ident::$test:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 1)] async fn $test() { $crate::room::run($crate::Engine::Sqlite, $crate::$room::$test).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 1)] async fn $test() { $crate::room::run($crate::Engine::Postgres, $crate::$room::$test).await; })*
        }
    };
}

on_both_engines! {
    failures::a_transaction_that_ended_badly_spoils_no_other
    failures::connections_that_were_ended_are_replaced

    inbox::a_webhook_is_kept_once
    inbox::a_poisoned_webhook_sinks_no_other
    inbox::webhooks_wait_are_postponed_and_end
    inbox::a_dead_webhook_that_comes_again_is_taken_up
    inbox::what_waits_for_a_desk_keeps_its_place
    inbox::a_due_time_that_cannot_be_is_not_believed
    inbox::a_savepoint_undoes_only_what_follows_it

    people::a_customer_belongs_to_one_desk
    people::two_at_once_are_one_customer_and_one_waits
    people::spellings_of_one_number_are_one_customer
    people::all_that_belongs_to_a_customer_is_known
    people::customers_of_two_spellings_become_one
    people::a_customer_has_one_open_conversation
    people::numbers_are_per_desk
    people::a_conversation_keeps_what_is_known_of_it
    people::the_newest_entry_of_the_ledger_counts
    people::a_price_is_the_last_one
    people::an_interaction_has_effect_once
    people::a_draft_is_taken_once

    messages::messages_are_numbered_within_their_conversation
    messages::a_state_keeps_its_failure
    messages::a_decision_is_made_once
    messages::a_part_is_known_by_its_provider_id
    messages::the_same_again_is_found
    messages::an_agents_text_counts_once_it_leaves
    messages::the_latest_notification_has_left_and_not_expired
    messages::a_repeated_notification_waits_as_long
    messages::a_choice_is_kept
    messages::what_was_answered_lately_is_counted
    messages::what_lies_ahead_of_the_clock_was_not_lately
    messages::a_long_text_shown_ahead_of_the_clock_takes_no_parts
    messages::the_parts_of_a_day_are_counted
    messages::what_was_put_aside_for_its_desk_is_taken_up_once

    plans::no_statement_scans_what_grows
    plans::what_is_old_goes_in_small_batches
    plans::old_messages_are_counted_by_the_migration

    outbox::what_waits_already_is_not_doubled
    outbox::an_earlier_time_wins_only_before_the_first_attempt
    outbox::cards_come_before_threads_before_posts_before_edits
    outbox::an_edit_that_is_not_due_holds_nobody
    outbox::a_post_that_is_tried_again_holds_its_edits
    outbox::lanes_do_not_wait_for_each_other
    outbox::what_a_person_waits_for_comes_first
    outbox::many_texts_to_one_customer_hold_up_no_other
    outbox::a_desk_gets_its_own_sms_only
    outbox::an_sms_that_was_never_tried_can_be_asked_for
    outbox::an_effect_of_another_version_holds_nobody_up
    outbox::many_edits_of_one_lane_crowd_out_no_other
    outbox::only_its_holder_settles_an_attempt
    outbox::trying_again_gives_way_to_a_newer_one
    outbox::anew_takes_the_old_place
    outbox::the_dead_free_their_lane
    outbox::the_abandoned_are_found
    outbox::an_outside_that_is_back_hurries_its_retries
    outbox::only_what_the_former_clock_wrote_is_brought_back
    outbox::what_was_done_long_ago_is_dropped
    lanes::whatever_happens_a_lane_keeps_its_order

    ownership::a_second_process_is_refused
    ownership::a_database_opens_again
    ownership::a_newer_schema_is_refused
    ownership::a_look_claims_nothing_and_makes_nothing
}
