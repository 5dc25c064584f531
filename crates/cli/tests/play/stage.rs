//! One running stand-in, tenants of one's own in it, and `keyway` as another process.

use std::{
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
    time::Duration,
};

use evidence::Steps;
use http::Method;
use net::{Net, ProxyRules, Request, Settings, Timeouts};
use serde_json::{Value, json};
use types::SystemClock;

use crate::support::{Standin, err, keyway};

/// The demo, and a directory for everything.
pub(crate) struct Stage(Standin);

/// A tenant that belongs to one scene.
pub(crate) struct Tenant {
    pub(crate) domain: String,
    sheet: Value,
    others: Value,
}

impl Stage {
    /// Starts it on any port.
    pub(crate) fn start() -> Self {
        Self(Standin::start(&[]))
    }

    /// Starts it at an address.
    pub(crate) fn start_at(listen: &str) -> Self {
        Self(Standin::start_at(listen, &[]))
    }

    /// A directory for everything.
    pub(crate) fn home(&self) -> &Path {
        self.0.home()
    }

    /// Asks the control API.
    pub(crate) fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let settings = Settings {
            proxy: ProxyRules::none(),
            extra_ca: vec![PathBuf::from(self.0.ready["ca"].as_str().unwrap())],
            standin_ca: None,
            timeouts: Timeouts::at_most(Duration::from_secs(60)),
        };
        let net = Net::new(settings, Arc::new(SystemClock));
        let url = format!("{}{path}", self.0.ready["control"].as_str().unwrap());
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let request = Request::json(method, url, body);
        let answer = runtime
            .block_on(net.send(&request, &mut Steps::default()))
            .unwrap();
        assert!(
            answer.status.is_success(),
            "{path}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// A tenant of one's own.
    pub(crate) fn tenant(&self) -> Tenant {
        let sheet = self.control(Method::POST, "/tenants", &json!({ "template": "contoso" }));
        Tenant {
            domain: sheet["domain"].as_str().unwrap().to_owned(),
            sheet,
            others: self.0.ready["tenants"].clone(),
        }
    }

    /// A link that works, where a scene is played through one: its port.
    pub(crate) fn link(&self, play: &Value) -> Option<String> {
        play["link"].as_str()?;
        let to = if play["from"] == "through-proxy" {
            "proxy"
        } else {
            "https"
        };
        let opened = self.control(Method::POST, "/links", &json!({ "to": to }));
        opened["port"].as_u64().map(|port| port.to_string())
    }

    /// A command of the operator: `break`, `mend`.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Result<Value, String> {
        let output = keyway(self.home())
            .args(arguments)
            .args(["--output", "json", "--ready-file"])
            .arg(self.home().join("ready.json"))
            .output()
            .unwrap();
        if !output.status.success() {
            return Err(format!("keyway {}: {}", arguments.join(" "), err(&output)));
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    }

    /// What the doctor says of a connection: verdict and causes. It is another process.
    pub(crate) fn doctor(&self, asked: &Value, tenant: &Tenant, own: &Path) -> Diagnosis {
        let output = self.client(&asked["run"], asked, tenant, own);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Diagnosis::read(&said, &err(&output))
    }

    /// A client's command, with the secrets it may have.
    pub(crate) fn client(&self, line: &Value, asked: &Value, tenant: &Tenant, own: &Path) -> Output {
        let mut command = keyway(self.home());
        command.env("KEYWAY_CONFIG_DIR", own).current_dir(own);
        for word in line.as_array().into_iter().flatten().filter_map(Value::as_str) {
            match word.strip_prefix("certificate of ") {
                Some(app) => command.arg(tenant.app(app)["certificate"].as_str().unwrap()),
                None => command.arg(word),
            };
        }
        for (variable, of) in asked["secrets"].as_object().into_iter().flatten() {
            command.env(variable, tenant.secret(of.as_str().unwrap()));
        }
        command.args(["--output", "json"]).output().unwrap()
    }
}

impl Tenant {
    /// Its first organization's unique name and true host.
    pub(crate) fn organization(&self) -> (String, String) {
        let text = |member: &str| {
            self.sheet["organizations"][0][member]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let host = text("true_url");
        let host = host.trim_start_matches("https://").trim_end_matches('/');
        (text("unique_name"), host.to_owned())
    }

    fn app(&self, name: &str) -> &Value {
        let everybody = std::iter::once(&self.sheet).chain(self.others.as_array().unwrap());
        let mut apps = everybody.flat_map(|tenant| tenant["apps"].as_array().unwrap());
        apps.find(|app| app["name"] == name).unwrap()
    }

    /// A secret by its description: `=literal`, `secret of APP`, `password of UPN`.
    fn secret(&self, of: &str) -> String {
        if let Some(literal) = of.strip_prefix('=') {
            return literal.to_owned();
        }
        if let Some(app) = of.strip_prefix("secret of ") {
            return self.app(app)["secret"].as_str().unwrap().to_owned();
        }
        let upn = of.strip_prefix("password of ").unwrap();
        let everybody = std::iter::once(&self.sheet).chain(self.others.as_array().unwrap());
        let mut users = everybody.flat_map(|tenant| tenant["users"].as_array().unwrap());
        let user = users.find(|user| user["upn"] == upn);
        user.and_then(|user| user["password"].as_str())
            .unwrap_or_else(|| panic!("{upn} has no password"))
            .to_owned()
    }
}

/// What was said of a connection.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) verdict: String,
    pub(crate) causes: Vec<String>,
    /// Every step, and what it showed.
    pub(crate) steps: Vec<String>,
    /// What it was read from, for the report of a failure.
    pub(crate) seen: String,
}

impl Diagnosis {
    fn read(said: &Value, talk: &str) -> Self {
        let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
        let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
        let causes = list(&said["causes"]);
        // The last steps tell where it stopped, the evidence what was made of it.
        let steps: Vec<String> = list(&said["steps"])
            .iter()
            .map(|step| format!("{}: {}", text(&step["what"]), text(&step["detail"])))
            .collect();
        let mut seen = steps[steps.len().saturating_sub(3)..].to_vec();
        for fact in causes.iter().flat_map(|cause| list(&cause["evidence"])) {
            seen.push(format!("{} {}", text(&fact["kind"]), text(&fact["value"])));
        }
        seen.push(talk.to_owned());
        Self {
            verdict: said["verdict"].as_str().unwrap_or("no diagnosis").to_owned(),
            causes: causes
                .iter()
                .filter_map(|cause| cause["id"].as_str().map(ToOwned::to_owned))
                .collect(),
            seen: seen.join("\n  "),
            steps,
        }
    }
}
