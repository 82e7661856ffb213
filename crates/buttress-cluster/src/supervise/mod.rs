//! The process that keeps the others running: it carries out what the policy
//! decides, and tells it what happened.

mod answer;
mod children;
mod health;
mod journal;
mod notify;
mod signals;
mod status;

use crate::{
    Cluster, activation,
    channel::{ToSupervisor, ToWorker},
    control::{self, Reply, Request},
    exec::{Image, Program},
    listeners::Listeners,
    page::Page,
    policy::{Action, Event, Exit, Id, Supervisor},
    settings::Values,
};
use children::Children;
use journal::Journal;
use notify::Notifier;
use rustix::process::Signal;
use signals::{Heard, Signals};
use std::{
    collections::VecDeque,
    io,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
    time::{interval, sleep_until},
};

/// How often workers are measured, and the service manager is told that they run.
const LOOK: Duration = Duration::from_secs(1);

/// What the supervisor waits for.
enum Input {
    Event(Event),
    Asked(Request, oneshot::Sender<Reply>),
}

struct Running {
    policy: Supervisor,
    program: Program,
    image: Image,
    /// What a reload tries.
    candidate: Option<Image>,
    listeners: Listeners,
    page: Page,
    children: Children,
    values: Values,
    health: Option<(String, Duration)>,
    journal: Journal,
    notifier: Notifier,
    inputs: mpsc::Sender<Input>,
    /// Who asked for the reload that goes on.
    waiting: Vec<oneshot::Sender<Reply>>,
    /// What happened while something was carried out.
    events: VecDeque<Event>,
    code: Option<u8>,
}

pub(crate) fn run(cluster: Cluster) -> io::Result<ExitCode> {
    let cluster = cluster.checked()?;
    // Before anything else, for a deploy may come at any time.
    let program = Program::current()?;
    // Before anything of ours can have the numbers that it names.
    let (given, kept) = activation::take()?;
    let listeners = Listeners::new(cluster.places.clone(), cluster.is_sharing, given, kept)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let code = runtime.block_on(async {
        let path = cluster.control.clone();
        let (mut running, inputs) = Running::new(cluster, program, listeners)?;
        let control = running.control(path);
        let code = running.run(inputs).await;
        drop(control);
        io::Result::Ok(code)
    })?;
    Ok(ExitCode::from(code))
}

impl Running {
    fn new(
        cluster: Cluster,
        program: Program,
        listeners: Listeners,
    ) -> io::Result<(Self, mpsc::Receiver<Input>)> {
        let (sender, inputs) = mpsc::channel(1024);
        let seed = u64::from(std::process::id()) << 32 | crate::page::now() & 0xFFFF_FFFF;
        let ready_timeout = cluster.rules.ready_timeout;
        let running = Self {
            policy: Supervisor::new(cluster.rules, listeners.slots.len(), seed),
            image: program.image()?,
            program,
            candidate: None,
            listeners,
            page: Page::new()?,
            children: Children::default(),
            values: cluster.values,
            health: cluster.health.map(|path| (path, ready_timeout)),
            journal: Journal::default(),
            notifier: Notifier::new(),
            inputs: sender,
            waiting: Vec::new(),
            events: VecDeque::new(),
            code: None,
        };
        Ok((running, inputs))
    }

    /// Listens to `buttress`. Workers matter more: without it, the rest goes on.
    fn control(&self, path: Option<PathBuf>) -> Option<control::Server> {
        let path = path.unwrap_or_else(|| control::default_path(self.program.path()));
        let inputs = self.inputs.clone();
        let ask = move |request| {
            let inputs = inputs.clone();
            async move {
                let (sender, reply) = oneshot::channel();
                inputs.send(Input::Asked(request, sender)).await.ok()?;
                reply.await.ok()
            }
        };
        match control::Server::start(&path, ask) {
            Ok(server) => Some(server),
            Err(error) => {
                self.journal
                    .warn(&format!("no control socket at {}: {error}", path.display()));
                None
            }
        }
    }

    async fn run(&mut self, mut inputs: mpsc::Receiver<Input>) -> u8 {
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                self.journal.warn(&format!("cannot hear signals: {error}"));
                return 1;
            }
        };
        self.page.count_slots(self.listeners.slots.len());
        self.open_all();
        self.notifier.began();
        for place in &self.listeners.places {
            self.journal.info(&format!("listening on {place}"));
        }
        self.happen(Event::Tick);
        let mut look = interval(LOOK.min(self.notifier.interval()));
        let mut now = Instant::now();
        while self.code.is_none() {
            let far = Duration::from_secs(3600);
            let due = self.policy.due(now).unwrap_or(now + far);
            tokio::select! {
                biased;
                heard = signals.next() => self.hear(heard),
                Some(input) = inputs.recv() => match input {
                    Input::Event(event) => self.happen(event),
                    Input::Asked(request, reply) => self.answer(request, reply),
                },
                _ = look.tick() => self.look(),
                () = sleep_until(due.into()) => {}
            }
            // Answers and looks tell the policy nothing, and what comes due meanwhile
            // is not seen by a later look at the clock: so this one serves both.
            now = Instant::now();
            if self.code.is_none() {
                self.happen(Event::Tick);
            }
        }
        self.listeners.remove_files();
        self.code.unwrap_or_default()
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Child => self.reap(),
            Heard::Stop => self.happen(Event::Stop),
            Heard::Reload => self.happen(Event::Reload),
            Heard::More => self.happen(Event::Scale(self.policy.target() + 1)),
            Heard::Fewer => self.happen(Event::Scale(self.policy.target() - 1)),
        }
    }

    fn happen(&mut self, event: Event) {
        self.events.push_back(event);
        while let Some(event) = self.events.pop_front() {
            for action in self.policy.on(event, Instant::now()) {
                self.perform(action);
            }
        }
        self.notifier.status(&self.policy);
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Open(slot) => self.open(slot),
            Action::Look => self.candidate = self.program.image().ok(),
            Action::Keep => {
                if let Some(image) = self.candidate.take() {
                    self.image = image;
                }
            }
            Action::Forget => self.candidate = None,
            Action::Start {
                id,
                slot,
                generation,
                is_new,
            } => {
                if let Err(error) = self.start(id, slot, generation, is_new) {
                    self.events
                        .push_back(Event::Ended(id, Exit::NotStarted(error.to_string())));
                }
            }
            Action::Check(id) => self.check(id),
            Action::Serve(id) => {
                if let Some(child) = self.children.get(id) {
                    self.page.serve(child.slot, Some(child.row));
                }
                self.tell(id, &ToWorker::Serve);
            }
            Action::Own { slot, by } => self.page.own(slot, by),
            Action::Announce(id) => self.tell(id, &ToWorker::Announce),
            Action::Drain { id, last } => {
                self.no_longer_serves(id);
                self.tell(id, &ToWorker::Drain { last });
            }
            Action::Cut(id) => self.tell(id, &ToWorker::Cut),
            Action::Abort(id) => {
                self.no_longer_serves(id);
                self.children.signal(id, Signal::ABORT);
            }
            Action::Kill(id) => self.children.signal(id, Signal::KILL),
            Action::Report(report) => self.report(&report),
            Action::Finish(code) => self.code = Some(code),
        }
    }

    fn start(&mut self, id: Id, slot: usize, generation: u64, is_new: bool) -> io::Result<()> {
        let image = match (is_new, &self.candidate) {
            (false, _) => &self.image,
            (true, Some(candidate)) => candidate,
            (true, None) => return Err(io::ErrorKind::NotFound.into()),
        };
        let command = self.program.command(image);
        let channel = self.children.start(
            command,
            children::Place {
                id,
                slot,
                generation,
            },
            &self.page,
            &self.listeners,
            &self.values,
        )?;
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            // Its end is seen when it is reaped.
            while let Ok(Some((message, _))) = channel.receive().await {
                let event = match message {
                    ToSupervisor::Ready => Event::Ready(id),
                    ToSupervisor::Leaving => Event::Leaving(id),
                };
                if inputs.send(Input::Event(event)).await.is_err() {
                    break;
                }
            }
        });
        Ok(())
    }

    /// A message that cannot be sent goes to one that is blocked or gone. If it was
    /// to end, the signal that the kernel keeps for it says so, too.
    fn tell(&self, id: Id, message: &ToWorker) {
        let Some(child) = self.children.get(id) else {
            return;
        };
        let sent = child.channel.send(message, &[]);
        if sent.is_err() && matches!(message, ToWorker::Drain { .. } | ToWorker::Cut) {
            self.children.signal(id, Signal::TERM);
        }
    }

    fn check(&self, id: Id) {
        let (Some(child), Some((path, timeout))) = (self.children.get(id), &self.health) else {
            return;
        };
        let (channel, inputs) = (child.channel.clone(), self.inputs.clone());
        let (path, timeout) = (path.clone(), *timeout);
        tokio::spawn(async move {
            let checked = health::check(&channel, &path, timeout).await;
            let _ = inputs.send(Input::Event(Event::Checked(id, checked))).await;
        });
    }

    /// The sockets of slots that are there from the start.
    fn open_all(&mut self) {
        for held in &self.listeners.shared {
            activation::keep(held, None);
        }
        for slot in 0..self.listeners.slots.len() {
            self.open(slot);
        }
    }

    fn open(&mut self, slot: usize) {
        let opened = self.listeners.open(slot);
        let sockets = match opened {
            Ok(sockets) => sockets,
            Err(error) => {
                return self
                    .journal
                    .warn(&format!("no sockets for worker {slot}: {error}"));
            }
        };
        for held in &sockets.listeners {
            activation::keep(held, Some(slot));
        }
        let places = sockets.listeners.iter().map(|held| held.place).collect();
        let message = ToWorker::Slot { places };
        for (_, child) in self.children.iter() {
            // Without it the worker rescues nobody there, and that is all.
            let _ = child.channel.send(&message, &sockets.descriptors());
        }
        self.page.count_slots(self.listeners.slots.len());
    }

    fn no_longer_serves(&self, id: Id) {
        if let Some(child) = self.children.get(id) {
            if self.page.serving(child.slot) == Some(child.row) {
                self.page.serve(child.slot, None);
            }
        }
    }

    /// Every process that has ended: ours, and as PID 1 those of others.
    fn reap(&mut self) {
        for (id, exit) in self.children.reap() {
            self.no_longer_serves(id);
            self.happen(Event::Ended(id, exit));
            self.children.remove(id);
        }
    }

    fn look(&mut self) {
        let serving: Vec<_> = status::serving(&self.policy);
        for id in &serving {
            if let Some(usage) = self
                .children
                .get(*id)
                .map(|child| status::usage(child, &self.page))
            {
                self.happen(Event::Measured(*id, usage));
            }
        }
        let now = crate::page::now();
        let child = |id: &Id| self.children.get(*id);
        self.notifier
            .feed(serving.iter().filter_map(child).map(|child| {
                let beat = self.page.row(child.row).get(crate::page::Count::Beat);
                Duration::from_nanos(now.saturating_sub(beat))
            }));
    }
}
