//! What was acknowledged is there after `kill -9`, and what was granted with a line is there with its line or not at all.
//!
//! This program runs itself again, as a writer that says on its standard output what the store has acknowledged,
//! kills it in the middle, and looks for every acknowledged write. In a directory always; on PostgreSQL where
//! `KEYWAY_TEST_POSTGRES` names a database.

use std::{
    collections::HashSet,
    error::Error,
    io::{BufRead, BufReader, Write},
    process::{Command, ExitCode, Stdio},
};

use evidence::{JournalLine, Outcome};
use store::{Changes, JournalFilter, Location, Record, Store, StoreError, Ticket, View};
use types::{Chance, SystemChance, TenantId, Timestamp, Uuid};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Tells the second run that it is the writer, and of which place.
const WRITER: &str = "KEYWAY_TEST_CRASH_WRITER";
/// Acknowledgments to read before each kill.
const BEFORE_THE_KILL: usize = 400;
const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));

struct Ids(HashSet<String>);

impl View for Ids {
    const KINDS: &'static [&'static str] = &["written"];
    fn build(_: TenantId, records: Vec<Record>) -> std::result::Result<Self, StoreError> {
        Ok(Self(records.into_iter().map(|record| record.id).collect()))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match std::env::var(WRITER) {
        Ok(place) => write_until_killed(&location(&place)).await,
        Err(_) => kill_and_look().await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "crash test: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn location(place: &str) -> Location {
    if place.starts_with("postgres") {
        Location::Postgres(place.into())
    } else {
        Location::Directory(place.into())
    }
}

async fn kill_and_look() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let place = directory
        .path()
        .to_str()
        .ok_or("the temporary directory is not UTF-8")?;
    kill_thrice(place).await?;
    if let Ok(url) = std::env::var("KEYWAY_TEST_POSTGRES") {
        let schema = format!("t_{}", SystemChance.uuid().simple());
        sqlx::any::install_default_drivers();
        let mut conn = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
            .execute(&mut conn)
            .await?;
        let sign = if url.contains('?') { '&' } else { '?' };
        kill_thrice(&format!("{url}{sign}options[search_path]={schema}")).await?;
    }
    Ok(())
}

/// Three lives in one place: each finds what the one before it wrote.
async fn kill_thrice(place: &str) -> Result<()> {
    let (mut lines, mut records) = (HashSet::new(), HashSet::new());
    for _ in 0..3 {
        for acknowledged in one_life(place)? {
            match acknowledged.split_once(' ') {
                Some(("line", id)) => lines.insert(id.to_owned()),
                Some(("record", id)) => records.insert(id.to_owned()),
                _ => return Err(format!("the writer said `{acknowledged}`").into()),
            };
        }
        let store = Store::open(&location(place)).await?;
        let journal = store.journal(&JournalFilter::default()).await?;
        let found: HashSet<_> = journal.into_iter().map(|line| line.why).collect();
        let view = store.view::<Ids>(TENANT).await?;
        let granted = store.tickets(TENANT, TICKET, TICKET).await?.into_iter();
        let granted: HashSet<_> = granted.map(|ticket| ticket.id).collect();
        store.close().await;
        if let Some(half) = granted.symmetric_difference(&found).next() {
            return Err(format!("of line and ticket {half} only one is in {place}").into());
        }
        for (sort, acknowledged, found) in [("line", &lines, &found), ("record", &records, &view.0)] {
            if acknowledged.len() < 20 {
                return Err(format!("only {} of sort {sort} were written", acknowledged.len()).into());
            }
            if let Some(lost) = acknowledged.difference(found).next() {
                return Err(format!("{sort} {lost} was acknowledged and is lost in {place}").into());
            }
        }
    }
    Ok(())
}

/// Starts a writer, kills it in the middle, and returns all it said.
fn one_life(place: &str) -> Result<Vec<String>> {
    let mut writer = Command::new(std::env::current_exe()?)
        .env(WRITER, place)
        .stdout(Stdio::piped())
        .spawn()?;
    let said = writer.stdout.take().ok_or("the writer has no standard output")?;
    let mut said = BufReader::new(said).lines();
    let mut acknowledged = Vec::new();
    for line in said.by_ref().take(BEFORE_THE_KILL) {
        acknowledged.push(line?);
    }
    writer.kill()?; // SIGKILL
    for line in said {
        acknowledged.push(line?);
    }
    writer.wait()?;
    Ok(acknowledged)
}

async fn write_until_killed(at: &Location) -> Result<()> {
    let store = Store::open(at).await?;
    match store.create_tenant(TENANT, Changes::default()).await {
        Ok(()) | Err(StoreError::TenantExists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        writers.spawn(record_lines(store.clone()));
        writers.spawn(put_records(store.clone()));
    }
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    Ok(())
}

async fn record_lines(store: Store) -> Result<()> {
    loop {
        let id = SystemChance.uuid().to_string();
        store.record(&line(&id), vec![ticket(&id)]).await?;
        say("line", &id)?;
    }
}

async fn put_records(store: Store) -> Result<()> {
    loop {
        let id = SystemChance.uuid().to_string();
        let put = |_: &Ids, changes: &mut Changes| {
            changes.put("written", &id, &id);
            Ok::<_, StoreError>(())
        };
        store.update(TENANT, put).await?;
        say("record", &id)?;
    }
}

/// One write to the pipe, so that a kill leaves a whole line or none.
fn say(sort: &str, id: &str) -> Result<()> {
    let text = format!("{sort} {id}\n");
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// The kind and the state of what is granted here.
const TICKET: &str = "granted";

fn ticket(id: &str) -> Ticket {
    Ticket {
        id: id.to_owned(),
        tenant: TENANT,
        kind: TICKET.to_owned(),
        state: TICKET.to_owned(),
        group: String::new(),
        expires: Timestamp::from_seconds(2),
        body: String::new(),
    }
}

fn line(why: &str) -> JournalLine {
    JournalLine {
        time: Timestamp::from_seconds(1),
        request: Uuid::nil(),
        correlation: None,
        tenant: Some(TENANT),
        method: "POST".into(),
        host: "login.microsoftonline.com".into(),
        path: "/".into(),
        status: 200,
        outcome: Outcome::Granted,
        code: None,
        grade: None,
        cause: None,
        subject: None,
        app: None,
        client: None,
        why: why.into(),
        micros: 1,
    }
}
