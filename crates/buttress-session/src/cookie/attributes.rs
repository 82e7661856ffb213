use http::HeaderValue;
use std::{borrow::Cow, error, fmt, time::Duration};

/// The name and the attributes of the cookie.
///
/// Made by [`Cookie::host`] and the like; what browsers would not take fails when
/// it is [built](CookieBuilder::build).
///
/// ```
/// use buttress_session::{Cookie, SameSite};
///
/// let cookie = Cookie::host("sid").same_site(SameSite::Strict).build()?;
/// assert_eq!(cookie.name(), "__Host-sid");
/// assert!(Cookie::host("sid").domain("example.org").build().is_err());
/// # Ok::<_, buttress_session::CookieError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    /// All of them but `Max-Age`, as they stand in the field.
    attributes: String,
    is_persistent: bool,
}

/// Which requests from other sites carry the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that lead the user here.
    Lax,
    /// All. Only with `Secure`.
    None,
}

impl Cookie {
    /// `__Host-NAME`: sent over TLS alone, and only to the very host that set it,
    /// which is what browsers make sure of. `Path=/`, `HttpOnly`,
    /// `SameSite=Lax`.
    pub fn host(name: impl AsRef<str>) -> CookieBuilder {
        CookieBuilder::new(format!("__Host-{}", name.as_ref()))
    }

    /// `__Secure-NAME`: sent over TLS alone; may have a domain and a path.
    pub fn secure(name: impl AsRef<str>) -> CookieBuilder {
        CookieBuilder::new(format!("__Secure-{}", name.as_ref()))
    }

    /// Just `NAME`, and `Secure` all the same.
    pub fn named(name: impl AsRef<str>) -> CookieBuilder {
        CookieBuilder::new(name.as_ref().to_owned())
    }

    /// Just `NAME`, and not `Secure`: for development over plain HTTP. Anybody on
    /// the way can read it.
    pub fn development(name: impl AsRef<str>) -> CookieBuilder {
        let mut builder = CookieBuilder::new(name.as_ref().to_owned());
        builder.is_secure = false;
        builder
    }

    /// The name, with its prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_persistent(&self) -> bool {
        self.is_persistent
    }

    /// The field that sets it, unless the value is not fit for one.
    pub(crate) fn set(&self, value: &str, max_age: Duration) -> Option<HeaderValue> {
        let age = match self.is_persistent {
            true => Cow::from(format!("; Max-Age={}", max_age.as_secs())),
            false => Cow::from(""),
        };
        self.field(value, &age)
    }

    /// The field that removes it.
    pub(crate) fn remove(&self) -> Option<HeaderValue> {
        self.field("", "; Max-Age=0")
    }

    fn field(&self, value: &str, age: &str) -> Option<HeaderValue> {
        let field = [&self.name, "=", value, &self.attributes, age].concat();
        let mut field = HeaderValue::try_from(field).ok()?;
        // Neither logs nor HPACK tables are a place for it.
        field.set_sensitive(true);
        Some(field)
    }
}

/// The default: `__Host-sid`.
impl Default for Cookie {
    fn default() -> Self {
        Self {
            name: "__Host-sid".to_owned(),
            attributes: "; Path=/; Secure; HttpOnly; SameSite=Lax".to_owned(),
            is_persistent: false,
        }
    }
}

/// A cookie in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct CookieBuilder {
    name: String,
    path: String,
    domain: Option<String>,
    is_secure: bool,
    is_http_only: bool,
    same_site: SameSite,
    is_partitioned: bool,
    is_persistent: bool,
}

impl CookieBuilder {
    fn new(name: String) -> Self {
        Self {
            name,
            path: "/".to_owned(),
            domain: None,
            is_secure: true,
            is_http_only: true,
            same_site: SameSite::Lax,
            is_partitioned: false,
            is_persistent: false,
        }
    }

    /// The paths that it is sent to: `/` unless said otherwise.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The domain whose hosts it is sent to, instead of the one host.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Which requests from other sites carry it: [`SameSite::Lax`] unless said
    /// otherwise.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Whether scripts of the page cannot read it: so unless said otherwise.
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.is_http_only = http_only;
        self
    }

    /// One cookie for each site that embeds this one (CHIPS).
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.is_partitioned = partitioned;
        self
    }

    /// Whether it outlives the browser: `Max-Age` is then the idle time, and it
    /// is sent anew whenever the session is used.
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.is_persistent = persistent;
        self
    }

    /// The cookie.
    ///
    /// # Errors
    ///
    /// [`CookieError`] says what browsers would not take.
    pub fn build(self) -> Result<Cookie, CookieError> {
        self.check()?;
        let mut attributes = format!("; Path={}", self.path);
        if let Some(domain) = &self.domain {
            attributes += &format!("; Domain={domain}");
        }
        if self.is_secure {
            attributes += "; Secure";
        }
        if self.is_http_only {
            attributes += "; HttpOnly";
        }
        attributes += match self.same_site {
            SameSite::Strict => "; SameSite=Strict",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::None => "; SameSite=None",
        };
        if self.is_partitioned {
            attributes += "; Partitioned";
        }
        Ok(Cookie {
            name: self.name,
            attributes,
            is_persistent: self.is_persistent,
        })
    }

    fn check(&self) -> Result<(), CookieError> {
        let starts = |prefix: &str| {
            let start = self.name.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let faults = [
            (
                !is_token(&self.name),
                "a cookie's name is letters, digits and some of !#$%&'*+-.^_`|~",
            ),
            (
                ["__Host-", "__Secure-"].contains(&&*self.name),
                "the cookie has no name but its prefix",
            ),
            (
                !is_attribute(&self.path) || !self.path.starts_with('/'),
                "a cookie's path starts with `/` and holds no `;`",
            ),
            (
                self.domain.as_deref().is_some_and(|it| !is_domain(it)),
                "a cookie's domain is a host name",
            ),
            (
                starts("__Host-") && self.domain.is_some(),
                "a `__Host-` cookie has no domain",
            ),
            (
                starts("__Host-") && self.path != "/",
                "the path of a `__Host-` cookie is `/`",
            ),
            (
                (starts("__Host-") || starts("__Secure-")) && !self.is_secure,
                "a cookie with this prefix has to be `Secure`",
            ),
            (
                self.same_site == SameSite::None && !self.is_secure,
                "`SameSite=None` has to be `Secure`",
            ),
            (
                self.is_partitioned && !self.is_secure,
                "a `Partitioned` cookie has to be `Secure`",
            ),
        ];
        match faults.iter().find(|(is_there, _)| *is_there) {
            Some((_, fault)) => Err(CookieError(fault)),
            None => Ok(()),
        }
    }
}

fn is_token(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_fine)
}

fn is_attribute(value: &str) -> bool {
    value.len() <= 1024
        && value
            .bytes()
            .all(|byte| matches!(byte, 0x20..=0x7e) && byte != b';')
}

fn is_domain(domain: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=253).contains(&domain.len()) && domain.bytes().all(is_fine)
}

/// Browsers would not take the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieError(&'static str);

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl error::Error for CookieError {}
