//! The real serenity client against the simulated Discord: no event may be one that it cannot read.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serenity::{
    all::{
        ButtonStyle, ChannelType, Command, CommandOptionType, ComponentInteraction, Context, CreateActionRow,
        CreateAllowedMentions, CreateAutocompleteResponse, CreateButton, CreateCommand, CreateCommandOption,
        CreateEmbed, CreateInputText, CreateInteractionResponse, CreateInteractionResponseFollowup,
        CreateInteractionResponseMessage, CreateMessage, CreateModal, CreateThread, EditInteractionResponse,
        EditMessage, EditThread, Event, EventHandler, GatewayIntents, GetMessages, GuildId, Http, HttpBuilder,
        InputTextStyle, Interaction, Nonce, RawEventHandler, Ready, UserId,
    },
    async_trait,
};
use threadline_sandbox::discord::{Cut, Discord, MESSAGE_CONTENT, Setup};

use crate::bot::lenient;

const PATIENCE: Duration = Duration::from_secs(20);

/// What serenity could not read.
#[derive(Clone, Default)]
struct Unread(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl RawEventHandler for Unread {
    async fn raw_event(&self, _: Context, event: Event) {
        if let Event::Unknown(unknown) = event {
            self.0.lock().unwrap().push(format!("{}: {:?}", unknown.kind, unknown.value));
        }
    }
}

struct Bridge;

#[async_trait]
impl EventHandler for Bridge {
    async fn ready(&self, context: Context, ready: Ready) {
        let guild: GuildId = ready.guilds[0].id;
        let number = CreateCommandOption::new(CommandOptionType::String, "number", "Whom").required(true);
        let template = CreateCommandOption::new(CommandOptionType::String, "template", "What").set_autocomplete(true);
        let notify =
            CreateCommand::new("notify").description("Texts a customer").add_option(number).add_option(template);
        let commands: Vec<Command> = guild.set_commands(&context.http, vec![notify]).await.unwrap();
        assert_eq!(commands[0].name, "notify");
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => {
                let message = CreateInteractionResponseMessage::new().ephemeral(true);
                command.create_response(&context, CreateInteractionResponse::Defer(message)).await.unwrap();
                let edit = EditInteractionResponse::new().content("queued");
                command.edit_response(&context, edit).await.unwrap();
                let card = CreateMessage::new()
                    .embed(CreateEmbed::new().title("#1042").field("State", "queued", true))
                    .components(vec![CreateActionRow::Buttons(vec![CreateButton::new("reply").label("Reply")])])
                    .allowed_mentions(CreateAllowedMentions::new())
                    .nonce(Nonce::String("AZqHd0ZUcKGFnQ9vQ2b7Yg".to_owned()))
                    .enforce_nonce(true);
                let posted = command.channel_id.send_message(&context, card.clone()).await.unwrap();
                let again = command.channel_id.send_message(&context, card).await.unwrap();
                assert_eq!(posted.id, again.id);
                let thread = CreateThread::new("#1042 Sam").kind(ChannelType::PublicThread);
                let thread = command.channel_id.create_thread_from_message(&context, posted.id, thread).await.unwrap();
                assert_eq!(thread.id.get(), posted.id.get());
                thread.id.add_thread_member(&context, command.user.id).await.unwrap();
                let text =
                    CreateMessage::new().content("·1 to the customer").allowed_mentions(CreateAllowedMentions::new());
                let mut first = thread.id.send_message(&context, text).await.unwrap();
                first.edit(&context, EditMessage::new().content("·1 sent")).await.unwrap();
                let read_back = thread.id.messages(&context, GetMessages::new().limit(10)).await.unwrap();
                assert!(read_back.iter().any(|message| message.content == "·1 sent"));
                let more =
                    CreateInteractionResponseFollowup::new().content(format!("<#{}>", thread.id)).ephemeral(true);
                command.create_followup(&context, more).await.unwrap();
            }
            Interaction::Autocomplete(typing) => {
                let choices = CreateAutocompleteResponse::new().add_string_choice("Delivery", "delivery");
                typing.create_response(&context, CreateInteractionResponse::Autocomplete(choices)).await.unwrap();
            }
            Interaction::Component(click) => open_modal(&context, &click).await,
            Interaction::Modal(modal) => {
                let row = &modal.data.components[0];
                let said = format!("{row:?}");
                assert!(said.contains("on my way"), "{said}");
                let button = CreateButton::new("done").label("Done").style(ButtonStyle::Secondary).disabled(true);
                let update = CreateInteractionResponseMessage::new()
                    .content("answered")
                    .components(vec![CreateActionRow::Buttons(vec![button])]);
                modal.create_response(&context, CreateInteractionResponse::UpdateMessage(update)).await.unwrap();
                let thread = modal.message.as_ref().unwrap().id.get().into();
                let thread: serenity::all::ChannelId = thread;
                thread.edit_thread(&context, EditThread::new().archived(true)).await.unwrap();
            }
            _ => {}
        }
    }
}

async fn open_modal(context: &Context, click: &ComponentInteraction) {
    let input = CreateInputText::new(InputTextStyle::Paragraph, "Text", "text");
    let modal = CreateModal::new("reply", "Reply").components(vec![CreateActionRow::InputText(input)]);
    click.create_response(context, CreateInteractionResponse::Modal(modal)).await.unwrap();
}

/// Serenity's own limiter would ignore the address and ask discord.com.
fn http(discord: &Discord) -> Http {
    HttpBuilder::new(discord.token()).proxy(discord.url()).ratelimiter_disabled(true).build()
}

async fn client(discord: &Discord, unread: &Unread) -> serenity::Client {
    let intents = GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES | GatewayIntents::MESSAGE_CONTENT;
    let builder = serenity::client::ClientBuilder::new_with_http(http(discord), intents);
    builder.event_handler(Bridge).raw_event_handler(unread.clone()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serenity_plays_the_main_flow_and_resumes() {
    let discord = Discord::start(Setup { privileged_intents: MESSAGE_CONTENT, ..lenient() }).await.unwrap();
    let unread = Unread::default();
    let mut client = client(&discord, &unread).await;
    let shards = client.shard_manager.clone();
    let running = tokio::spawn(async move { client.start().await });
    let registered = |world: &threadline_sandbox::discord::World| (!world.commands().is_empty()).then_some(());
    discord.wait_for(registered, PATIENCE).await.expect("commands were registered");

    let support = discord.channel_id("support");
    let ana = discord.member("Ana");
    let offered = ana.autocomplete(support, "notify", "template", "d", [("number", "1")]).await.unwrap();
    assert_eq!(offered[0].1, "delivery");
    let asked = ana.command(support, "notify", [("number", "07700 900001"), ("template", "delivery")]).await.unwrap();
    asked.wait_deferred().await.unwrap();
    asked.wait_answer_containing("queued").await.unwrap();
    let link = asked.wait_answer_containing("<#").await.unwrap();
    assert!(link.ephemeral);
    let card = discord.messages(support)[0].id;
    let reply = ana.click(support, card, "Reply").await.unwrap();
    let submitted = reply.submit_modal(&[("text", "on my way")]).await.unwrap();
    assert_eq!(submitted.wait_answer().await.unwrap().content, "answered");
    let archived = |world: &threadline_sandbox::discord::World| world.threads(support)[0].archived.then_some(());
    discord.wait_for(archived, PATIENCE).await.expect("the thread was archived");
    assert_eq!(
        discord.transcript(support),
        "Threadline: answered (edited)\n  | #1042\n  | State: queued\n  [Done off]\n  > #1042 Sam (archived)\n    \
         * Threadline added Ana to the thread\n    Threadline: ·1 sent (edited)\n"
    );

    discord.drop_gateway(Cut::Tcp);
    let missed = ana.post(card, "while you were away").unwrap();
    let back = |world: &threadline_sandbox::discord::World| (world.connected() && world.resumes() == 1).then_some(());
    discord.wait_for(back, PATIENCE).await.expect("serenity resumed");
    discord.drop_gateway(Cut::Close(Some(4000)));
    let back = |world: &threadline_sandbox::discord::World| (world.connected() && world.resumes() == 2).then_some(());
    discord.wait_for(back, PATIENCE).await.expect("serenity resumed");
    assert_eq!(discord.identifies(), 1);

    discord.revoke(support, threadline_sandbox::discord::Permissions::EMBED_LINKS);
    discord.set_mentionable(discord.role_id("Agents"), false);
    discord.delete_message(card, missed).unwrap();
    discord.delete_thread(card).unwrap();
    let asked = ana.autocomplete(support, "notify", "template", "", [("number", "1")]).await;
    assert!(asked.is_ok(), "all events before this one have been read");
    shards.shutdown_all().await;
    running.await.unwrap().unwrap();
    assert_eq!(*unread.0.lock().unwrap(), Vec::<String>::new());
    assert!(discord.left_over().is_empty(), "{:?}", discord.left_over());
}

#[tokio::test]
async fn serenity_reads_the_routes_that_a_doctor_asks() {
    let discord = Discord::start(lenient()).await.unwrap();
    let http = http(&discord);
    let guild = GuildId::new(discord.guild_id().get());
    let support = serenity::all::ChannelId::new(discord.channel_id("support").get());
    let me = http.get_current_user().await.unwrap();
    let application = http.get_current_application_info().await.unwrap();
    assert_eq!((me.id.get(), application.name.as_str()), (application.id.get(), "Threadline"));
    http.set_application_id(application.id);
    assert!(http.get_guild(guild).await.unwrap().roles.len() > 3);
    assert_eq!(http.get_channels(guild).await.unwrap().len(), 2);
    let ana = UserId::new(discord.member("Ana").id.get());
    assert_eq!(guild.member(&http, ana).await.unwrap().roles.len(), 1);
    assert!(guild.get_commands(&http).await.unwrap().is_empty());
    assert!(support.to_channel(&http).await.unwrap().guild().is_some());
    let thread = CreateThread::new("free").kind(ChannelType::PublicThread);
    let thread = support.create_thread(&http, thread).await.unwrap();
    assert_eq!(thread.id.get_thread_members(&http).await.unwrap().len(), 1);
    assert_eq!(guild.get_active_threads(&http).await.unwrap().threads.len(), 1);
    http.get_bot_gateway().await.unwrap();
    assert!(discord.left_over().is_empty(), "{:?}", discord.left_over());
}
