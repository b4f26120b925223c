//! The play: Ana notifies a customer, the customer picks a day, and the thread shows it all.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use threadline_sandbox::discord::World;

use super::scene::Scene;
use super::transcript::Transcript;

/// The customer's number, as Vonage writes it. Reserved for fiction, and yet valid.
pub(super) const CUSTOMER: &str = "61491570006";

const AGENT: &str = "Ana";

/// How long each step may take. It takes about a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// # Errors
/// Says what did not happen, or what one of the real services would not have allowed.
pub(super) async fn play(scene: &Scene, transcript: &Transcript) -> anyhow::Result<()> {
    let support = scene.support();
    let phone = scene.vonage.phone(CUSTOMER);

    let number = format!("+{CUSTOMER}");
    transcript.agent_does(AGENT, support, &format!("/notify number: {number}"));
    let asked = scene.discord.member(AGENT).command(support, "notify", [("number", number.as_str())]).await?;
    ensure!(phone.wait_for_sms(1, PATIENCE).await.len() == 1, "the notification did not reach the phone");
    shown(scene, &["Notification (delivery)", "✅ delivered"]).await?;
    asked.wait_answer_containing("Its state shows in").await?;

    phone.send("2").await;
    let inbox = phone.wait_for_sms(2, PATIENCE).await;
    let confirmation = inbox.get(1).context("the confirmation did not reach the phone")?;
    ensure!(confirmation.text.contains("picking option 2"), "the confirmation says: {}", confirmation.text);
    shown(scene, &["Answer: 2 (Thursday)", "Confirmation · ✅ delivered", "State: Message delivered"]).await?;

    transcript.look();
    let violations = scene.violations();
    ensure!(violations.is_empty(), "the real services would have objected: {}", violations.join("; "));
    Ok(())
}

/// Waits until the support channel and its threads show all of these.
async fn shown(scene: &Scene, wanted: &[&str]) -> anyhow::Result<()> {
    let support = scene.support();
    let look = |world: &World| {
        let text = world.transcript(support);
        wanted.iter().all(|wanted| text.contains(wanted)).then_some(())
    };
    let found = scene.discord.wait_for(look, PATIENCE).await;
    found.with_context(|| format!("Discord does not show {wanted:?}, but:\n{}", scene.discord.transcript(support)))
}
