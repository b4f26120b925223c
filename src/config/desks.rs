//! Desks: who texts from which number in which channel.

use super::environment::Environment;
use super::problem::Problem;
use super::reader::Section;
use super::suggest::suggest;
use super::values;
use crate::domain::desk::{Alert, ArchiveAfter, ConsentTexts, Desk, DeskName, ShowNumbers};
use crate::domain::ids::{ChannelId, GuildId, RoleId};
use crate::domain::keyword::{self, Language};
use crate::domain::limits::Limits;
use crate::domain::phone::{PhoneNumber, Region};
use crate::domain::template::Template;
use crate::domain::time_zone::TimeZone;

/// Every desk has all templates (`None` where they are broken, which has been told), and the same answers to STOP, START and HELP.
pub(super) fn read(
    file: &mut Section<'_>,
    env: &Environment,
    templates: Option<&[Template]>,
    consent: &ConsentTexts,
    limits: &Limits,
) -> Vec<Desk> {
    let mut desks: Vec<Desk> = Vec::new();
    file.sections("desks", |section| {
        let desk = read_desk(section, env, templates, consent, limits)?;
        refuse_shared(section, &desk, &desks);
        desks.push(desk);
        Some(())
    });
    if file.is_empty("desks") {
        file.problem("desks", "there is none: add [[desks]] with a name, a number, a channel and its agents' roles");
    }
    desks
}

fn read_desk(
    section: &mut Section<'_>,
    env: &Environment,
    templates: Option<&[Template]>,
    consent: &ConsentTexts,
    limits: &Limits,
) -> Option<Desk> {
    let name = section.required("name", "what identifies the desk, such as \"support\"", values::name);
    let title = section.parsed("title", title);
    let number = number(section, env);
    let messages_per_second = section.maybe_count("messages_per_second", 1000);
    let guild = section.required("guild_id", "the Discord server's id", str::parse::<GuildId>);
    let channel = section.required("channel_id", "the support channel's id", str::parse::<ChannelId>);
    let agent_roles = agent_roles(section);
    let default_template = section.parsed("default_template", |name| template_name(name, templates));
    let default_region = section.parsed("default_region", str::parse::<Region>);
    let time_zone = section.parsed_or("time_zone", "UTC", str::parse::<TimeZone>);
    let show_numbers = section.one_of("show_numbers", &[("masked", ShowNumbers::Masked), ("full", ShowNumbers::Full)]);
    if section.one_of("thread_messages", &[("internal", false), ("reply", true)]) {
        section.problem(
            "thread_messages",
            "plain messages as replies are not built yet; only \"internal\" works so far: agents answer with /reply",
        );
    }
    let archive_after = section.one_of(
        "archive_after",
        &[
            ("24h", ArchiveAfter::Day),
            ("1h", ArchiveAfter::Hour),
            ("3days", ArchiveAfter::ThreeDays),
            ("7days", ArchiveAfter::Week),
        ],
    );
    let alert = section.one_of("alert", &[("owner", Alert::Owner), ("role", Alert::Role), ("none", Alert::None)]);
    let alert_again_after = section.parsed_or("alert_again_after", "30m", values::duration);
    let reopen_within = section.parsed_or("reopen_within", "48h", values::duration);
    let languages = section.parsed_list("languages", str::parse::<Language>);
    refuse_reserved(section, &languages, templates);
    let name = name?;
    Some(Desk {
        title: title.unwrap_or_else(|| name.clone()),
        name: DeskName(name),
        number: number?,
        messages_per_second,
        guild: guild?,
        channel: channel?,
        agent_roles: agent_roles?,
        default_template,
        default_region,
        time_zone,
        show_numbers,
        archive_after,
        alert,
        alert_again_after: Some(alert_again_after).filter(|after| !after.is_zero()),
        reopen_within,
        templates: templates.unwrap_or_default().to_vec(),
        languages,
        consent: consent.clone(),
        limits: limits.clone(),
    })
}

pub(super) fn number(section: &mut Section<'_>, env: &Environment) -> Option<PhoneNumber> {
    if let Some(text) = section.text("number") {
        return values::phone_number(text).map_err(|sentence| section.problem("number", sentence)).ok();
    }
    let Some(text) = env.get("VONAGE_NUMBER") else {
        section.problem("number", "must be set, here or in VONAGE_NUMBER: the Vonage number this desk texts from");
        return None;
    };
    values::phone_number(text).map_err(|sentence| section.note(Problem::new(None, "VONAGE_NUMBER", sentence))).ok()
}

fn agent_roles(section: &mut Section<'_>) -> Option<Vec<RoleId>> {
    let roles = section
        .texts("agent_role_ids")
        .iter()
        .map(|text| text.parse().map_err(|error| format!("{text:?} is {error}")))
        .collect::<Result<Vec<RoleId>, _>>();
    match roles {
        Ok(roles) if roles.is_empty() => {
            section.problem("agent_role_ids", "must name at least one role: its members are the desk's agents");
            None
        }
        Ok(roles) => Some(roles),
        Err(sentence) => {
            section.problem("agent_role_ids", sentence);
            None
        }
    }
}

/// A customer who chooses an option must not opt out by it.
fn refuse_reserved(section: &mut Section<'_>, languages: &[Language], templates: Option<&[Template]>) {
    for template in templates.unwrap_or_default() {
        for word in template.options.iter().flat_map(|option| [&option.key, &option.label]) {
            if keyword::is_reserved(word, languages) {
                let sentence = format!(
                    "{word:?}, an option of the template {:?}, means STOP, START or HELP in one of these languages: \
                     rename the option",
                    template.name
                );
                section.problem("languages", sentence);
            }
        }
    }
}

fn refuse_shared(section: &mut Section<'_>, desk: &Desk, others: &[Desk]) {
    for other in others {
        let shared = [
            ("name", desk.name == other.name),
            ("number", desk.number == other.number),
            ("channel_id", desk.channel == other.channel),
        ];
        for (key, _) in shared.into_iter().filter(|(_, shared)| *shared) {
            section.problem(key, format!("the desk {:?} has the same; each desk needs its own", other.name.0));
        }
    }
}

fn template_name(name: &str, templates: Option<&[Template]>) -> Result<String, String> {
    match templates {
        Some([]) => Err(format!("{name:?} names no template: there is none; add [[templates]]")),
        Some(templates) if templates.iter().all(|template| template.name != name) => {
            let known = templates.iter().map(|template| template.name.as_str());
            Err(format!("{name:?} names no template; {}", suggest(name, known)))
        }
        _ => Ok(name.to_owned()),
    }
}

fn title(text: &str) -> Result<String, &'static str> {
    if text.chars().count() <= 80 && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("must be one line of at most 80 characters")
    }
}
