//! A fresh database for each test, copied from a template that is migrated once for each state of the migrations.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use crate::{error::Result, migrate, service::Service};

/// Password of both roles in test servers; nothing of value is behind it.
const PASSWORD: &str = "test";
const TEMPLATE_LOCK: i64 = 0x7869_616e_6774_7503;

/// A database of one test.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name.
    pub name: String,
    server: String,
}

impl Database {
    /// Creates a migrated, empty database for `service`.
    pub async fn create(service: &Service, unique: Uuid) -> Result<Self> {
        let server = environment("XIANGTU_TEST_DATABASE_URL");
        let template = template_name(service);
        let mut conn = PgConnection::connect(&server).await?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(TEMPLATE_LOCK)
            .execute(&mut conn)
            .await?;
        let ready: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)")
                .bind(&template)
                .fetch_one(&mut conn)
                .await?;
        if !ready {
            prepare(&mut conn, &server, service, &template).await?;
        }
        let name = format!("t_{}", unique.simple());
        execute(
            &mut conn,
            format!("CREATE DATABASE {name} TEMPLATE {template} OWNER xiangtu_owner"),
        )
        .await?;
        conn.close().await?;
        Ok(Self { name, server })
    }

    /// Creates an empty database, to be migrated by the service's own binary.
    pub async fn empty(name: &str) -> Result<Self> {
        Self::empty_on(&environment("XIANGTU_TEST_DATABASE_URL"), name).await
    }

    /// Creates an empty database on the server of this superuser's URL.
    pub async fn empty_on(server: &str, name: &str) -> Result<Self> {
        let mut conn = PgConnection::connect(server).await?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(TEMPLATE_LOCK)
            .execute(&mut conn)
            .await?;
        roles(&mut conn).await?;
        execute(&mut conn, format!("CREATE DATABASE {name} OWNER xiangtu_owner")).await?;
        conn.close().await?;
        Ok(Self {
            name: name.to_owned(),
            server: server.to_owned(),
        })
    }

    /// URL of the role that owns the schema.
    pub fn owner_url(&self) -> String {
        url(&self.server, Some("xiangtu_owner"), &self.name)
    }

    /// URL of the serving role.
    pub fn service_url(&self) -> String {
        url(&self.server, Some("xiangtu_service"), &self.name)
    }

    /// URL of the superuser, to look behind the service or to break it.
    pub fn superuser_url(&self) -> String {
        url(&self.server, None, &self.name)
    }

    /// Removes it, whoever is connected.
    pub async fn drop(self) -> Result<()> {
        let mut conn = PgConnection::connect(&self.server).await?;
        execute(&mut conn, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await?;
        Ok(conn.close().await?)
    }
}

async fn prepare(conn: &mut PgConnection, server: &str, service: &Service, template: &str) -> Result<()> {
    roles(conn).await?;
    execute(conn, format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)")).await?;
    execute(conn, format!("CREATE DATABASE {template} OWNER xiangtu_owner")).await?;
    migrate::run(&url(server, Some("xiangtu_owner"), template), service.migrations).await?;
    execute(conn, format!("ALTER DATABASE {template} IS_TEMPLATE true")).await
}

async fn roles(conn: &mut PgConnection) -> Result<()> {
    for role in ["xiangtu_owner", "xiangtu_service"] {
        let create = format!(
            "DO $$ BEGIN
                 IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} LOGIN; END IF;
             END $$"
        );
        execute(conn, create).await?;
        execute(
            conn,
            format!("ALTER ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{PASSWORD}'"),
        )
        .await?;
    }
    Ok(())
}

async fn execute(conn: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

/// Named after the migrations, so that a changed schema gets a template of its own.
fn template_name(service: &Service) -> String {
    let mut hasher = DefaultHasher::new();
    migrate::checksums(service.migrations).hash(&mut hasher);
    format!("template_{}_{:016x}", service.name, hasher.finish())
}

/// `server` with another database and, for a role of ours, another user.
fn url(server: &str, role: Option<&str>, database: &str) -> String {
    let (scheme, rest) = server.split_once("://").unwrap_or(("postgres", server));
    let (authority, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("postgres", authority));
    let query = tail
        .split_once('?')
        .map(|(_, query)| format!("?{query}"))
        .unwrap_or_default();
    let user = role.map_or_else(|| user.to_owned(), |role| format!("{role}:{PASSWORD}"));
    format!("{scheme}://{user}@{host}/{database}{query}")
}

/// A variable that `make test` sets.
///
/// # Panics
///
/// If it is missing.
pub(super) fn environment(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) => value,
        Err(error) => panic!("{name}: {error}; run the tests with `make test`, which starts what they need"),
    }
}
