//! A made-up trace log as CRM servers and the Outlook client write them: long lines, many numbers, the same few hundred
//! sentences over and over, and somewhere in it a handful of failures.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use types::{Chance, SeededChance};

use crate::Outcome;

/// What stands between the failures. `#` is a number, `@` a GUID, `~` a person, `$` a table.
const LINES: &[&str] = &[
    "Process: w3wp |Organization:@ |Thread: # |Category: Platform |User: @ |Level: Info |ReqId: @ | CompositePlugin.Execute ilOffset = 0x# |> message RetrieveMultiple on $ took # ms",
    "Process: w3wp |Organization:@ |Thread: # |Category: Platform.Sql |User: @ |Level: Verbose |ReqId: @ | CrmDbConnection.InternalExecuteReader ilOffset = 0x# |> select top # from $Base as $0 where ($0.statecode = 0)",
    "Process: w3wp |Organization:@ |Thread: # |Category: Application |User: @ |Level: Verbose |ReqId: @ | AppGridDefaultView.Render ilOffset = 0x# |> grid $ with # rows of # pages",
    "Process: CrmAsyncService |Organization:@ |Thread: # |Category: Platform.Async |User: @ |Level: Info |ReqId: @ | QueueManager.Run ilOffset = 0x# |> # jobs of # were taken, next poll in # s",
    "Process: CrmAsyncService |Organization:@ |Thread: # |Category: Platform.Workflow |User: @ |Level: Verbose |ReqId: @ | ActivityHost.StartWorkflowExecution ilOffset = 0x# |> step # of workflow @ on $ @",
    "Process: OUTLOOK |Organization:@ |Thread: # |Category: Platform.Sync |User: @ |Level: Verbose |ReqId: @ | SyncOperation.Execute ilOffset = 0x# |> # items of $ were compared, # changed, # skipped",
    "Process: OUTLOOK |Thread: # |Category: Outlook.Addin |Level: Info | FolderManager.Refresh |> folder $ has # items, view # of # was rendered in # ms",
    "Process: Microsoft.Crm.Application.Hoster |Thread: # |Category: ObjectModel.Sync |Level: Verbose | OfflineStore.Apply |> batch # of #, # rows of $",
    "#.#.#.# - ~ GET /main.aspx etn=$&pagetype=entityrecord&id=%7b@%7d 443 - 10.#.#.# Mozilla/5.0+(Windows+NT+10.0) 200 0 0 #",
    "#.#.#.# - ~ POST /XRMServices/2011/Organization.svc/web SoapAction=RetrieveMultiple 443 - 10.#.#.# - 200 0 0 #",
    "#.#.#.# - ~ GET /%7b@%7d/_imgs/ribbon/$_32.png 443 - 10.#.#.# Mozilla/5.0 304 0 0 #",
    "| Verbose| Method entry: Microsoft.Crm.Outlook.Sync.$Handler.Load",
    "| Verbose| Method exit: Microsoft.Crm.Outlook.Sync.$Handler.Load, # ms",
    "| Info| The record @ of $ was written to the local store",
    "| Info| Heartbeat of the worker #; # in the queue, # MB private bytes",
    "| Verbose|    at Microsoft.Crm.Extensibility.PipelineExecutor.Run(Pipeline p, Int32 #)",
];

const TABLES: &[&str] = &[
    "account",
    "contact",
    "lead",
    "opportunity",
    "quote",
    "invoice",
    "salesorder",
    "incident",
    "task",
    "phonecall",
    "appointment",
    "letter",
    "product",
    "pricelevel",
    "campaign",
    "list",
    "queueitem",
    "annotation",
    "goal",
    "territory",
];

const PEOPLE: &[&str] = &[
    "CONTOSO\\anna",
    "CONTOSO\\ben",
    "CONTOSO\\clara",
    "CONTOSO\\dora",
    "CONTOSO\\emil",
];

/// Failures, and the causes that must be named for them.
pub(crate) const FAILURES: &[(&str, &str)] = &[
    (
        "| Error| AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
        "account-locked",
    ),
    (
        "| Error| AADSTS7000222: The provided client secret keys for app '@' are expired.",
        "client-secret-expired",
    ),
];

/// Writes a log of so many bytes; the same seed gives the same log.
pub(crate) fn write(path: &Path, bytes: u64, seed: u64) -> Outcome<()> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).map_err(wrong)?);
    let mut dice = Dice::new(seed);
    let mut line = String::with_capacity(512);
    let mut written = 0;
    let mut failures = FAILURES.iter();
    while written < bytes {
        line.clear();
        // The failures lie behind nine tenths of everything: nothing may be left out to find them.
        let failure = if written > bytes / 10 * 9 {
            failures.next()
        } else {
            None
        };
        let template = failure.map_or_else(|| dice.one_of(LINES), |(text, _)| text);
        stamp(written, &mut dice, &mut line);
        fill(template, &mut dice, &mut line);
        line.push_str("\r\n");
        file.write_all(line.as_bytes()).map_err(wrong)?;
        written += line.len() as u64;
    }
    file.flush().map_err(wrong)
}

fn stamp(written: u64, dice: &mut Dice, line: &mut String) {
    let seconds = written / 20_000;
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    line.push_str(&format!(
        "[2026-11-22 {hour:02}:{minute:02}:{second:02}.{:03}] ",
        dice.below(1000)
    ));
}

fn fill(template: &str, dice: &mut Dice, line: &mut String) {
    for c in template.chars() {
        match c {
            '#' => line.push_str(&dice.below(900).to_string()),
            '@' => {
                let (a, b) = (dice.next(), dice.next());
                line.push_str(&format!(
                    "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                    a >> 32,
                    a & 0xffff,
                    b & 0xfff,
                    b >> 12 & 0xfff,
                    b >> 16
                ));
            }
            '$' => line.push_str(dice.one_of(TABLES)),
            '~' => line.push_str(dice.one_of(PEOPLE)),
            c => line.push(c),
        }
    }
}

/// Chance in pieces of eight bytes; asking for each number alone would take longer than writing it.
struct Dice {
    chance: SeededChance,
    pool: [u8; 4096],
    used: usize,
}

impl Dice {
    fn new(seed: u64) -> Self {
        Self {
            chance: SeededChance::new(seed),
            pool: [0; 4096],
            used: 4096,
        }
    }

    fn next(&mut self) -> u64 {
        if self.used == self.pool.len() {
            self.chance.fill(&mut self.pool);
            self.used = 0;
        }
        let mut eight = [0; 8];
        eight.copy_from_slice(&self.pool[self.used..self.used + 8]);
        self.used += 8;
        u64::from_le_bytes(eight)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[(self.next() % list.len() as u64) as usize]
    }
}
