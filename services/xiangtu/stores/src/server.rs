//! Both stores of a folder, started and stopped together.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    Error, Result, account::Account, find::Tools, place, port, postgres::Postgres, record::Record, redis::Redis,
};

/// How stores are started.
pub struct Options<'a> {
    /// Folder of the stores, for example `.local/run`; created if it is new.
    pub dir: &'a Path,
    /// For tests: nothing is forced to disk, and data left by an earlier run are removed first.
    pub ephemeral: bool,
    /// Told what takes a while.
    pub note: &'a dyn Fn(&str),
}

/// Running private stores. Dropping this leaves them running; [`Stores::stop`] stops them.
#[derive(Debug)]
pub struct Stores {
    dir: PathBuf,
    tools: Tools,
    account: Account,
    place: PathBuf,
    postgres: Access,
    redis: Access,
    owner_password: String,
    service_password: String,
    // Held as long as the stores are ours to use.
    _lock: fs::File,
}

#[derive(Debug)]
struct Access {
    port: u16,
    password: String,
}

impl Stores {
    /// Starts the stores of a folder, or takes over those still running there.
    pub fn start(options: &Options<'_>) -> Result<Self> {
        fs::create_dir_all(options.dir).map_err(|error| Error::io("create", options.dir, &error))?;
        let dir = options
            .dir
            .canonicalize()
            .map_err(|error| Error::io("find", options.dir, &error))?;
        let lock = lock(&dir, options.note)?;
        if options.ephemeral && Record::exists(&dir) {
            remove(&dir)?;
        }
        let tools = Tools::find(options.note)?;
        let account = Account::choose()?;
        // The lesser user must pass through to the data; what is secret in here says so itself.
        let _ = fs::set_permissions(&dir, fs::Permissions::from_mode(0o755));
        let mut record = Record::load(&dir)?;
        let mut stores = Self {
            place: place::settle(&dir, account, &mut record)?,
            postgres: Access {
                port: 0,
                password: record.secret("postgres_password")?,
            },
            redis: Access {
                port: 0,
                password: record.secret("redis_password")?,
            },
            owner_password: record.secret("owner_password")?,
            service_password: record.secret("service_password")?,
            dir,
            tools,
            account,
            _lock: lock,
        };
        record.save()?;
        stores.postgres().create(!options.ephemeral, options.note)?;
        stores.start_postgres(&mut record, !options.ephemeral)?;
        stores.start_redis(&mut record, !options.ephemeral)?;
        stores
            .postgres()
            .prepare(stores.postgres.port, &stores.owner_password, &stores.service_password)?;
        Ok(stores)
    }

    fn start_postgres(&mut self, record: &mut Record, durable: bool) -> Result<()> {
        let known = |record: &Record| record.get("postgres_port").and_then(|port| port.parse().ok());
        if let Some(port) = known(record).filter(|port| self.postgres().answers(*port)) {
            self.postgres.port = port;
            return Ok(());
        }
        // A server of ours that runs but does not answer is of no use.
        self.postgres().stop()?;
        self.postgres.port = attempts(|| {
            let port = port::free(record.get("postgres_port"), &self.dir, &[])?;
            self.postgres().start(port, durable).map(|()| port)
        })?;
        record.set("postgres_port", self.postgres.port.to_string());
        record.save()
    }

    fn start_redis(&mut self, record: &mut Record, durable: bool) -> Result<()> {
        let known = record.get("redis_port").and_then(|port| port.parse().ok());
        if let Some(port) = known.filter(|port| self.redis().answers(*port)) {
            self.redis.port = port;
            return Ok(());
        }
        self.redis.port = attempts(|| {
            let port = port::free(record.get("redis_port"), &self.dir, &[self.postgres.port])?;
            self.redis().start(port, durable).map(|()| port)
        })?;
        record.set("redis_port", self.redis.port.to_string());
        record.save()
    }

    fn postgres(&self) -> Postgres<'_> {
        let Self {
            tools, account, place, ..
        } = self;
        Postgres {
            tools,
            account: *account,
            place,
            password: &self.postgres.password,
        }
    }

    fn redis(&self) -> Redis<'_> {
        let Self {
            tools, account, place, ..
        } = self;
        Redis {
            tools,
            account: *account,
            place,
            password: &self.redis.password,
        }
    }

    /// URL of the superuser's database, for tests and maintenance.
    pub fn superuser_url(&self) -> String {
        self.url("postgres", &self.postgres.password, "postgres")
    }

    /// URL of a service's database for the role that owns the schema and runs migrations.
    pub fn owner_url(&self, database: &str) -> String {
        self.url("xiangtu_owner", &self.owner_password, database)
    }

    /// URL of a service's database for the role that serves.
    pub fn service_url(&self, database: &str) -> String {
        self.url("xiangtu_service", &self.service_password, database)
    }

    /// URL of the event bus.
    pub fn redis_url(&self) -> String {
        format!(
            "redis://default:{}@127.0.0.1:{}/0",
            self.redis.password, self.redis.port
        )
    }

    fn url(&self, role: &str, password: &str, database: &str) -> String {
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/{database}",
            self.postgres.port
        )
    }

    /// Stops both stores; the data stay.
    pub fn stop(self) -> Result<()> {
        let redis = self.redis().stop(self.redis.port);
        self.postgres().stop().and(redis)
    }

    /// Stops both stores and removes their data.
    pub fn stop_and_remove(self) -> Result<()> {
        remove(&self.dir)
    }
}

/// Tries thrice: another program may take the port between the choice and the start, and processes of a server that
/// crashed may need a moment to go.
fn attempts(mut attempt: impl FnMut() -> Result<u16>) -> Result<u16> {
    for _ in 0..2 {
        if let Ok(port) = attempt() {
            return Ok(port);
        }
        thread::sleep(Duration::from_secs(1));
    }
    attempt()
}

/// One user of a folder at a time.
fn lock(dir: &Path, note: &dyn Fn(&str)) -> Result<fs::File> {
    let path = dir.join("lock");
    let failed = |error: std::io::Error| Error::io("lock", &path, &error);
    let file = fs::File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            note(&format!("another run uses {}; waiting until it ends", dir.display()));
            file.lock().map_err(failed)?;
        }
        Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
    }
    Ok(file)
}

/// Stops the stores of every folder directly in `dir` and removes `dir`.
pub fn clean(dir: &Path) -> Result<()> {
    let Ok(dir) = dir.canonicalize() else { return Ok(()) };
    let entries = fs::read_dir(&dir).map_err(|error| Error::io("read", &dir, &error))?;
    for folder in entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| Record::exists(folder))
    {
        remove(&folder)?;
    }
    fs::remove_dir_all(&dir).map_err(|error| Error::io("remove", &dir, &error))
}

/// Stops the stores of `dir` and removes their data and record.
fn remove(dir: &Path) -> Result<()> {
    let record = Record::load(dir)?;
    let place = place::outside(&record).unwrap_or_else(|| dir.join("data"));
    if place.exists() {
        stop_in(&place, &record)?;
        fs::remove_dir_all(&place).map_err(|error| Error::io("remove", &place, &error))?;
    }
    record.remove()
}

fn stop_in(place: &Path, record: &Record) -> Result<()> {
    let (tools, account) = (Tools::find(&|_| ())?, Account::choose()?);
    let password = record.get("postgres_password").unwrap_or_default();
    Postgres {
        tools: &tools,
        account,
        place,
        password,
    }
    .stop()?;
    let password = record.get("redis_password").unwrap_or_default();
    match record.get("redis_port").and_then(|port| port.parse().ok()) {
        Some(port) => Redis {
            tools: &tools,
            account,
            place,
            password,
        }
        .stop(port),
        None => Ok(()),
    }
}
