//! Which requests are answered. A page of any site can make a browser send requests to this machine, also under a
//! name of that site that resolves to this machine (DNS rebinding). The headers `Host` and `Origin` reveal it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;

/// The names of the page.
#[derive(Debug)]
pub struct Gate {
    /// `--host`
    name: String,
    port: u16,
}

impl Gate {
    pub fn new(name: &str, port: u16) -> Self {
        Self {
            name: name.to_owned(),
            port,
        }
    }

    /// Why a request that came in at `local` is refused, if it is.
    pub fn refuses(&self, request: &Parts, local: SocketAddr) -> Option<String> {
        let mut hosts = request.headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host,
            _ => return Some("expected one Host header".to_owned()),
        };
        let authority = request.uri.authority().map(Authority::as_str);
        if !text(host).is_some_and(|host| self.is_ours(host, local))
            || !authority.is_none_or(|authority| self.is_ours(authority, local))
        {
            return Some(format!("foreign Host {}", shown(host)));
        }
        for origin in request.headers.get_all(ORIGIN) {
            let site = text(origin).and_then(|origin| origin.strip_prefix("http://"));
            if !site.is_some_and(|site| self.is_ours(site, local)) {
                return Some(format!("foreign Origin {}", shown(origin)));
            }
        }
        None
    }

    /// Whether `authority`, a host and its port, is this page: by a name of the machine that nobody else can give it,
    /// by the address that was dialled, or by the name that the user chose.
    fn is_ours(&self, authority: &str, local: SocketAddr) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        if authority.as_str().contains('@') || authority.port_u16().unwrap_or(80) != self.port {
            return false;
        }
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|it| it.strip_suffix(']'))
            .unwrap_or(host);
        match host.parse::<IpAddr>() {
            Ok(ip) => [
                IpAddr::from(Ipv4Addr::LOCALHOST),
                IpAddr::from(Ipv6Addr::LOCALHOST),
                local.ip().to_canonical(),
            ]
            .contains(&ip.to_canonical()),
            Err(_) => ["localhost", &self.name]
                .iter()
                .any(|name| host.eq_ignore_ascii_case(name)),
        }
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// The beginning of a header for a message.
fn shown(value: &HeaderValue) -> String {
    const MOST: usize = 80;
    String::from_utf8_lossy(value.as_bytes())
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn refusal(headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Gate::new("digits.example", 8000).refuses(&parts, "192.0.2.7:8000".parse().unwrap())
    }

    #[test]
    fn the_machine_is_known_by_its_own_names_with_the_port() {
        for host in [
            "127.0.0.1:8000",
            "localhost:8000",
            "LocalHost:8000",
            "[::1]:8000",
            "192.0.2.7:8000",
            "digits.example:8000",
        ] {
            assert_eq!(refusal(&[("host", host)]), None, "{host}");
            let origin = format!("http://{host}");
            assert_eq!(refusal(&[("host", host), ("origin", &origin)]), None, "{host}");
        }
    }

    #[test]
    fn other_names_ports_and_sites_are_refused() {
        for host in [
            "evil.example:8000",
            "127.0.0.1",
            "127.0.0.1:8001",
            "127.0.0.1.evil.example:8000",
            "localhost:8000@evil.example:8000",
            "evil@localhost:8000",
            "localhost.:8000",
            "192.0.2.8:8000",
            "127.0.0.2:8000",
            "[::1",
            "",
            " ",
        ] {
            let refusal = refusal(&[("host", host)]).unwrap_or_else(|| panic!("{host} is let in"));
            assert!(refusal.starts_with("foreign Host"), "{refusal}");
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://evil.example:8000",
            "https://127.0.0.1:8000",
            "http://127.0.0.1:3000",
            "127.0.0.1:8000",
            "",
        ] {
            let refusal = refusal(&[("host", "127.0.0.1:8000"), ("origin", origin)]);
            let refusal = refusal.unwrap_or_else(|| panic!("{origin} is let in"));
            assert!(refusal.starts_with("foreign Origin"), "{refusal}");
        }
    }

    #[test]
    fn there_is_one_host() {
        let ours = ("host", "127.0.0.1:8000");
        for headers in [&[][..], &[ours, ours], &[ours, ("host", "evil.example")]] {
            assert!(refusal(headers).unwrap().contains("one Host"), "{headers:?}");
        }
    }
}
