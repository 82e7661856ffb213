//! nginx and HAProxy, as Debian has them, with one thread each.

use crate::process::Server;
use buttress_benches::Result;
use std::{net::SocketAddr, process::Command};

pub(crate) fn nginx(origin: SocketAddr, is_cache: bool) -> Result<Server> {
    let configuration = |folder: &str, addr| nginx_configuration(folder, addr, origin, is_cache);
    Server::foreign("nginx", configuration, |folder| {
        let mut command = Command::new("/usr/sbin/nginx");
        command.args(["-c", &format!("{folder}/configuration"), "-p", folder]);
        command.args(["-g", "daemon off;"]);
        command
    })
}

pub(crate) fn haproxy(origin: SocketAddr) -> Result<Server> {
    let configuration = |_: &str, addr| haproxy_configuration(addr, origin);
    Server::foreign("HAProxy", configuration, |folder| {
        let mut command = Command::new("/usr/sbin/haproxy");
        command.args(["-db", "-q", "-f", &format!("{folder}/configuration")]);
        command
    })
}

/// What they call themselves.
pub(crate) fn versions() -> Result<String> {
    let nginx = Command::new("/usr/sbin/nginx").arg("-v").output()?;
    let nginx = String::from_utf8_lossy(&nginx.stderr).into_owned();
    let haproxy = Command::new("/usr/sbin/haproxy").arg("-v").output()?;
    let haproxy = String::from_utf8_lossy(&haproxy.stdout).into_owned();
    let haproxy = haproxy.split_whitespace().nth(2).unwrap_or("?");
    Ok(format!(
        "{}, HAProxy {haproxy}",
        nginx.trim().replace("nginx version: ", "")
    ))
}

fn nginx_configuration(
    folder: &str,
    addr: SocketAddr,
    origin: SocketAddr,
    is_cache: bool,
) -> String {
    let (zone, cache) = match is_cache {
        true => (
            format!(
                "proxy_cache_path {folder}/cache keys_zone=all:10m;\nopen_file_cache max=1000;\nsendfile on;\ntcp_nopush on;\n"
            ),
            "proxy_cache all;\n",
        ),
        false => (String::new(), "proxy_cache off;\n"),
    };
    format!(
        "worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
user root;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {zone}
  upstream app {{ server {origin}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen {addr};
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      {cache}
    }}
  }}
}}
"
    )
}

fn haproxy_configuration(addr: SocketAddr, origin: SocketAddr) -> String {
    format!(
        "global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend in
  bind {addr}
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  default_backend app
backend app
  server one {origin} pool-max-conn 64
"
    )
}
