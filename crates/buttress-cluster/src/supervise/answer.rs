//! What the supervisor says: to its log, to the service manager, and to `buttress`.

use super::{Running, children::Child, status};
use crate::{
    channel::ToWorker,
    control::{Reply, Request, Scale},
    last_words,
    page::Count,
    policy::{Event, Report},
    settings,
};
use tokio::sync::oneshot;

impl Running {
    pub(super) fn report(&mut self, report: &Report) {
        let in_flight = |child: &Child| self.page.row(child.row).get(Count::InFlight);
        match report {
            Report::Ended { id, .. } => {
                let child = self.children.get(*id);
                let said = child.filter(|_| report.is_trouble());
                let said = said.and_then(|it| last_words::of(&self.page, it.row));
                let (pid, in_flight) = (child.map(|it| it.pid), child.map_or(0, in_flight));
                self.journal.ended(report, pid, in_flight, said);
            }
            _ => self.journal.report(report),
        }
        self.notifier.report(report);
        let reply = match report {
            Report::Reloaded { .. } => Reply::Done {
                message: report.to_string(),
            },
            Report::ReloadFailed { .. } => Reply::Failed {
                message: report.to_string(),
            },
            _ => return,
        };
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(reply.clone());
        }
    }

    pub(super) fn answer(&mut self, request: Request, reply: oneshot::Sender<Reply>) {
        let done = |message: String| Reply::Done { message };
        let answer = match request {
            Request::List => {
                let (places, program) = (&self.listeners.places, &self.program);
                let (policy, children) = (&self.policy, &self.children);
                Reply::Status(status::status(
                    policy, children, &self.page, places, program,
                ))
            }
            Request::Logs { after } => Reply::Logs {
                entries: self.journal.after(after),
            },
            Request::Reload if self.policy.is_ending() => Reply::Failed {
                message: "the cluster is stopping".into(),
            },
            Request::Reload => {
                self.waiting.push(reply);
                return self.happen(Event::Reload);
            }
            Request::Scale { workers } => {
                let asked = workers.of(self.policy.target());
                self.happen(Event::Scale(asked));
                done(match self.policy.target() {
                    1 if asked == 0 => "1 worker, which is the fewest; `stop` ends all".to_owned(),
                    1 => "1 worker".to_owned(),
                    most if most < asked => format!("{most} workers, which is the most"),
                    workers => format!("{workers} workers"),
                })
            }
            Request::Stop => {
                self.happen(Event::Stop);
                done("stopping".into())
            }
            Request::Set { name, value } if name == "workers" => match value.parse() {
                Ok(workers) => {
                    return self.answer(
                        Request::Scale {
                            workers: Scale::To(workers),
                        },
                        reply,
                    );
                }
                Err(_) => Reply::Failed {
                    message: "workers is a number".into(),
                },
            },
            Request::Set { name, value } => self.set(&name, &value),
        };
        let _ = reply.send(answer);
    }

    fn set(&mut self, name: &str, value: &str) -> Reply {
        if let Err(error) = settings::set(&mut self.values, name, value) {
            return Reply::Failed {
                message: error.to_string(),
            };
        }
        let message = ToWorker::Settings(self.values.clone());
        let mut told = 0;
        for (_, child) in self.children.iter() {
            told += usize::from(child.channel.send(&message, &[]).is_ok());
        }
        Reply::Done {
            message: format!("{name} is set in {told} workers"),
        }
    }
}
