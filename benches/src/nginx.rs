//! nginx with its cache in front of an app.

use crate::{
    Result,
    process::{Process, place},
};
use std::{
    env, fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// An nginx with a configuration of its own.
#[derive(Debug)]
pub struct Nginx {
    /// Where it listens.
    pub addr: SocketAddr,
    /// As `nginx -v` tells it.
    pub version: String,
    process: Process,
    folder: PathBuf,
}

impl Nginx {
    /// Starts one in front of `app`, with these directives for its `http` block
    /// beside those that every test of it needs. In them `FOLDER` stands for a
    /// folder of its own.
    pub fn start(app: SocketAddr, directives: &str) -> Result<Self> {
        let program = program()?;
        // Free when it is asked for; nobody else is given it soon.
        let addr = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let name = format!("buttress-nginx-{}-{}", std::process::id(), addr.port());
        let folder = env::temp_dir().join(name);
        let text = configuration(&folder, addr, app, directives);
        let configuration = place(&folder, "nginx.conf", &text)?;
        let mut command = Command::new(program);
        command.args(["-c", &configuration, "-g", "daemon off;", "-p"]);
        command.arg(&folder).stderr(Stdio::null());
        let nginx = Self {
            addr,
            version: version(program)?,
            process: Process::start(&mut command)?,
            folder,
        };
        for _ in 0..200 {
            if TcpStream::connect(addr).is_ok() {
                return Ok(nginx);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("nginx does not listen".into())
    }

    /// The master and its worker.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn program() -> Result<&'static str> {
    let known = ["/usr/sbin/nginx", "/usr/bin/nginx"];
    let there = known.into_iter().find(|path| Path::new(path).exists());
    Ok(there.ok_or("no nginx (Debian's package nginx-light)")?)
}

fn version(program: &str) -> Result<String> {
    let output = Command::new(program).arg("-v").output()?;
    let text = String::from_utf8_lossy(&output.stderr).replace("nginx version: ", "");
    Ok(text.trim().to_owned())
}

fn configuration(folder: &Path, addr: SocketAddr, app: SocketAddr, directives: &str) -> String {
    let folder = folder.display().to_string();
    let directives = directives.replace("FOLDER", &folder);
    format!(
        "worker_processes 1;\n\
         pid {folder}/pid;\n\
         error_log {folder}/error.log;\n\
         user root;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
           {directives}\n\
           keepalive_requests 1000000;\n\
           client_body_temp_path {folder}/body;\n\
           proxy_temp_path {folder}/temp;\n\
           fastcgi_temp_path {folder}/fastcgi;\n\
           uwsgi_temp_path {folder}/uwsgi;\n\
           scgi_temp_path {folder}/scgi;\n\
           sendfile on;\n\
           tcp_nopush on;\n\
           open_file_cache max=1000;\n\
           proxy_cache_path {folder}/cache keys_zone=all:10m;\n\
           proxy_http_version 1.1;\n\
           proxy_set_header Connection \"\";\n\
           upstream app {{ server {app}; keepalive 16; }}\n\
           server {{\n\
             listen {addr};\n\
             location / {{\n\
               proxy_pass http://app;\n\
               proxy_cache all;\n\
             }}\n\
           }}\n\
         }}\n"
    )
}
