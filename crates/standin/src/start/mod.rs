//! Putting the stand-in together, and stopping it.

mod error;
mod sweep;

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
};

use crypt::Hasher;
use store::{Location, Record, Store, StoreError};
use tokio::{sync::watch, task::JoinSet};
use types::{AppId, Chance, Clock, Later, RegionTable, Secret};

use crate::{
    backstage::Backstage,
    control::{Acts, Control},
    edge::{
        self, Edge, Limits, Listeners, Names, Pages, Parts, Service, Stop,
        ca::{Ca, Paths},
    },
    files,
    keys::Keys,
    landing::Landing,
    links::Links,
    mail::{self, Smtp},
    ready::{self, Facts, Ready},
    seal::{self, Keep, KeepError, KeySource},
    services::{Authority, Organizations},
    state::{ControlAccess, INITIAL, State},
    world::{ClientCertificate, Loader, Source, World, app_id, client_certificate, sheet::Writer, tenant_id},
};

pub use error::StartError;
use sweep::{follow_keys, sweep};

/// How to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// What exists in it.
    pub world: Source,
    /// Where the state lives.
    pub location: Location,
    /// The HTTPS port; IPv4 loopback also means `[::1]`.
    pub listen: SocketAddr,
    /// The proxy's port.
    pub proxy: SocketAddr,
    /// Listening where other machines can connect is wanted.
    pub allow_public: bool,
    /// The control API asks for this token.
    pub control_token: Option<Secret>,
    /// The seal key in base64; from a file beside the state without one.
    pub seal_key: Option<Secret>,
    /// Where the throw-away authority and what is made once are kept.
    pub state_directory: PathBuf,
    /// Where else the ready file is written.
    pub ready_file: Option<PathBuf>,
    /// What a client may cost.
    pub limits: Limits,
    /// The pages people see.
    pub pages: Option<Pages>,
    /// Takes the mail that the outboxes hold; without one it stays there.
    pub smtp: Option<Smtp>,
}

/// A running stand-in. Dropping it stops it at once; [`Running::stop`] lets what is under way end.
pub struct Running {
    /// Everything a test needs to know.
    pub ready: Arc<Ready>,
    /// What a person should know about this start, each a sentence.
    pub notes: Vec<String>,
    store: Store,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    files: Vec<PathBuf>,
}

impl Running {
    /// Stops accepting, lets requests end, closes the state, removes the ready files.
    pub async fn stop(mut self) {
        // Nobody listens any more when this fails, which is what is wanted.
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        self.store.close().await;
        for file in &self.files {
            if std::fs::remove_file(file).is_err() {
                tracing::debug!(file = %file.display(), "the ready file was gone already");
            }
        }
    }
}

/// Where another start would have to look.
struct Bound {
    https: Listeners,
    proxy: Listeners,
}

/// Starts a stand-in; it answers when this returns.
///
/// # Errors
/// [`StartError`]; nothing keeps running.
pub fn start(
    config: Config,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
) -> Later<'static, Result<Running, StartError>> {
    Box::pin(started(config, clock, chance))
}

async fn started(
    config: Config,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
) -> Result<Running, StartError> {
    for address in [config.listen, config.proxy] {
        if !address.ip().is_loopback() && !config.allow_public {
            return Err(StartError::Public(address));
        }
    }
    // What a person can get wrong comes first, before anything is touched.
    let (world, text) = config.world.read()?;
    world.check()?;
    let bound = Bound {
        https: edge::bind(config.listen, "--listen").await?,
        proxy: edge::bind(config.proxy, "--proxy-listen").await?,
    };
    let world = Arc::new(world);
    let regions = Arc::new(RegionTable::with(world.regions.clone()));
    files::private_directory(&config.state_directory)?;
    let paths = Paths::below(&config.state_directory);
    let ca = Arc::new(open_ca(&paths, clock.clone()).await?);
    let store = Store::open(&config.location).await?;
    let started = Starting {
        config,
        world,
        regions,
        clock,
        chance,
        store: store.clone(),
    };
    match started.finish(bound, ca, &paths, &text).await {
        Ok(running) => Ok(running),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

async fn open_ca(paths: &Paths, clock: Arc<dyn Clock>) -> Result<Ca, StartError> {
    let ca = Ca::open(paths, &*clock)?;
    if !ca.is_in_bundle(paths) {
        ca.write_bundle(paths)?;
    }
    Ok(ca)
}

struct Starting {
    config: Config,
    world: Arc<World>,
    regions: Arc<RegionTable>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    store: Store,
}

impl Starting {
    async fn finish(
        self,
        bound: Bound,
        ca: Arc<Ca>,
        paths: &Paths,
        text: &str,
    ) -> Result<Running, StartError> {
        let (keys, certificates) = self.keys().await?;
        let certificates = Arc::new(certificates);
        let notes = self.load(&keys, &certificates, text).await?;
        let port = bound.https.address().port();
        let writer = Writer {
            world: &self.world,
            regions: &self.regions,
            certificates: &certificates,
            now: self.clock.now(),
            port,
        };
        let tenants = self
            .world
            .tenants
            .iter()
            .map(|tenant| writer.tenant(tenant))
            .collect();
        let ready = Arc::new(Ready::new(Facts {
            world: &self.world,
            listen: bound.https.address(),
            proxy: bound.proxy.address(),
            paths,
            tenants,
        }));
        let edge = self.assemble(&keys, certificates, ready.clone(), &ca, &bound)?;
        let (stop, stopped) = Stop::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(
            edge.clone()
                .accept(bound.https, edge::Port::Https, stopped.clone()),
        );
        tasks.spawn(edge.accept(bound.proxy, edge::Port::Proxy, stopped.clone()));
        tasks.spawn(sweep(self.store.clone(), self.clock.clone(), stopped.clone()));
        if let Some(smtp) = &self.config.smtp {
            let parts = mail::Parts {
                store: self.store.clone(),
                sealer: keys.sealer.clone(),
                clock: self.clock.clone(),
                form: types::Form::Localhost { port },
            };
            tasks.spawn(mail::deliver(parts, smtp.clone(), stopped.clone())?);
        }
        if matches!(self.config.location, Location::Postgres(_)) {
            tasks.spawn(follow_keys(self.store.clone(), keys.clone(), stopped));
        }
        let files = self.announce(&ready, port)?;
        refresh_bundle(ca, paths.clone());
        Ok(Running {
            ready,
            notes,
            store: self.store,
            stop,
            tasks,
            files,
        })
    }

    /// Where what is made once is kept: with the state, or in the state directory when the state is in memory.
    fn beside(&self) -> PathBuf {
        match &self.config.location {
            Location::Directory(data) => data.clone(),
            Location::Memory | Location::Postgres(_) => self.config.state_directory.clone(),
        }
    }

    async fn keys(&self) -> Result<(Keys, HashMap<AppId, ClientCertificate>), StartError> {
        let source = match (&self.config.seal_key, &self.config.location) {
            (Some(key), _) => KeySource::Given(key.clone()),
            (None, Location::Postgres(_)) => return Err(KeepError::NoKey.into()),
            (None, _) => KeySource::File(self.beside().join("seal.key")),
        };
        let sealer = Arc::new(seal::sealer(&source, &*self.chance)?);
        let cache = match &self.config.location {
            Location::Memory => Some(self.config.state_directory.as_path()),
            _ => None,
        };
        let keep = Keep {
            store: &self.store,
            directory: cache,
        };
        let keys = Keys::open(&keep, sealer.clone(), self.chance.clone(), self.clock.now());
        let certificates = async {
            let mut made = HashMap::new();
            for tenant in &self.world.tenants {
                for app in tenant.apps.iter().filter(|app| app.certificate) {
                    let id = app_id(tenant_id(tenant), app);
                    let certificate = client_certificate(
                        &keep,
                        id,
                        &app.name,
                        &self.beside(),
                        &sealer,
                        self.chance.clone(),
                    )
                    .await?;
                    made.insert(id, certificate);
                }
            }
            Ok::<_, KeepError>(made)
        };
        // Both may have to make RSA keys: side by side.
        let (keys, certificates) = tokio::join!(keys, certificates);
        Ok((keys?, certificates?))
    }

    /// Creates the tenants that are not there yet. What is there already is left as it is.
    async fn load(
        &self,
        keys: &Keys,
        certificates: &HashMap<AppId, ClientCertificate>,
        text: &str,
    ) -> Result<Vec<String>, StartError> {
        let hashes = HashMap::new();
        let loader = Loader {
            world: &self.world,
            regions: &self.regions,
            sealer: &keys.sealer,
            chance: &*self.chance,
            now: self.clock.now(),
            certificates,
            hashes: &hashes,
        };
        let known: HashSet<_> = self.store.tenants().await?.into_iter().collect();
        let digest = crypt::digest(text);
        let origins = self.store.global(ORIGIN).await?;
        let mut notes = Vec::new();
        let mut changed = Vec::new();
        for (loaded, tenant) in loader.all()?.into_iter().zip(&self.world.tenants) {
            let id = loaded.id;
            let created = match known.contains(&id) {
                true => false,
                // Another node may be a moment ahead.
                false => match self.store.create_tenant(id, loaded.changes).await {
                    Err(StoreError::TenantExists { .. }) => false,
                    Err(error) => return Err(error.into()),
                    Ok(()) => true,
                },
            };
            if created {
                self.store.snapshot(id, INITIAL).await?;
                self.store
                    .put_global(Record::new(ORIGIN, id, &digest)?, false)
                    .await?;
                continue;
            }
            let origin = origins.iter().find(|record| record.id == id.to_string());
            if origin.is_some_and(|record| record.read::<String>().is_ok_and(|known| known != digest)) {
                changed.push(tenant.name.as_str());
            }
        }
        if !changed.is_empty() {
            notes.push(format!(
                "the world file has changed since {} was made from it, and what is there was kept; to start anew, \
                 choose an empty place for the state ({} is the present one)",
                changed.join(" and "),
                self.config.location
            ));
        }
        Ok(notes)
    }

    fn assemble(
        &self,
        keys: &Keys,
        certificates: Arc<HashMap<AppId, ClientCertificate>>,
        ready: Arc<Ready>,
        ca: &Arc<Ca>,
        bound: &Bound,
    ) -> Result<Arc<Edge>, StartError> {
        let hasher = Hasher::new();
        let loopback = bound.https.address().ip().is_loopback() && bound.proxy.address().ip().is_loopback();
        let authority = authority::Service::new(authority::Parts {
            store: self.store.clone(),
            keyring: keys.ring.clone(),
            sealer: keys.sealer.clone(),
            hasher: hasher.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            regions: self.regions.clone(),
        })
        .with_pages_on(bound.https.address().port());
        let organizations = Arc::new(organization::Service::new(
            self.store.clone(),
            keys.ring.clone(),
            self.clock.clone(),
            self.chance.clone(),
            (*self.regions).clone(),
        ));
        let authority = Arc::new(authority);
        let state = Arc::new(State {
            store: self.store.clone(),
            keys: keys.clone(),
            hasher,
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            regions: self.regions.clone(),
            world: self.world.clone(),
            certificates,
            organizations: organizations.clone(),
            ready: ready.clone(),
            control: ControlAccess {
                token: self.config.control_token.clone(),
                loopback,
            },
            port: bound.https.address().port(),
            links: Links::new(bound.https.address(), bound.proxy.address(), ca.clone())
                .map_err(edge::TlsError::from)?,
            templates: State::templates_of(&self.world),
        });
        let pages = self.config.pages.map(|Pages(make)| {
            make(Backstage {
                store: self.store.clone(),
                acts: Acts::new(state.clone()),
                authority: authority.clone(),
                organizations: organizations.clone(),
                sealer: keys.sealer.clone(),
                clock: self.clock.clone(),
                chance: self.chance.clone(),
                regions: self.regions.clone(),
                ready,
            })
        });
        // Pages come first: they stand before the API on an organization's name.
        let services: Arc<[Arc<dyn Service>]> = pages
            .clone()
            .into_iter()
            .chain([
                Arc::new(Authority(authority)) as Arc<dyn Service>,
                Arc::new(Organizations {
                    service: organizations,
                    store: self.store.clone(),
                    regions: self.regions.clone(),
                }),
            ])
            .collect();
        let parts = Parts {
            names: Names::new(self.regions.clone(), services, !loopback),
            control: Arc::new(Control(state)),
            landing: Arc::new(Landing { pages }),
            store: self.store.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            limits: self.config.limits,
            https_port: bound.https.address().port(),
        };
        Ok(Arc::new(Edge::new(parts, ca.clone())?))
    }

    /// Writes the ready file where it was asked for, and where `keyway exec` looks.
    fn announce(&self, ready: &Ready, port: u16) -> Result<Vec<PathBuf>, StartError> {
        let text = ready.to_json().map_err(StartError::Ready)?;
        let running = ready::running_file(&self.config.state_directory, port);
        if let Some(directory) = running.parent() {
            files::private_directory(directory)?;
        }
        let files: Vec<PathBuf> = std::iter::once(running)
            .chain(self.config.ready_file.clone())
            .collect();
        for file in &files {
            files::write_private(file, &text)?;
        }
        Ok(files)
    }
}

/// Which world text a tenant was made from.
const ORIGIN: &str = "world-origin";

/// The system's roots change with its updates; nobody waits for that.
fn refresh_bundle(ca: Arc<Ca>, paths: Paths) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = ca.write_bundle(&paths) {
            tracing::warn!(%error, "the bundle of certificate authorities could not be brought up to date");
        }
    });
}
