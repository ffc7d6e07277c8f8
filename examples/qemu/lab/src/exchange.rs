//! What was asked and what was answered.

use std::{collections::BTreeSet, fmt};

use qemu_messages::{COUNT, Direction, Payload, QUESTIONS, Report, WINDOW};

/// A message for the firmware.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// The books of the peer, and those of the firmware.
#[derive(Debug)]
pub(crate) struct Exchange {
    payload_limit: usize,
    /// Whether the firmware takes questions: it has said so, and its modem has not restarted since.
    is_ready: bool,
    /// The next question's number.
    next: u16,
    /// Asked, and not answered yet.
    open: BTreeSet<u16>,
    asked_again: u16,
    answers: u16,
    answers_again: u16,
    damaged: u16,
    restarts: u16,
    report: Option<Report>,
}

impl Exchange {
    pub(crate) fn new(payload_limit: usize) -> Self {
        Self {
            payload_limit,
            is_ready: false,
            next: 0,
            open: BTreeSet::new(),
            asked_again: 0,
            answers: 0,
            answers_again: 0,
            damaged: 0,
            restarts: 0,
            report: None,
        }
    }

    /// The firmware is ready: returns what to ask now.
    ///
    /// Only a restart excuses a second time, so that nothing else can hide behind one.
    pub(crate) fn ready(&mut self) -> Result<Vec<Question>, String> {
        if self.is_ready {
            return Err("the firmware has lost its connection without a restart".into());
        }
        self.is_ready = true;
        self.asked_again += self.open.len() as u16;
        let mut questions: Vec<_> = self.open.iter().map(|it| self.question(*it)).collect();
        questions.extend(self.more());
        Ok(questions)
    }

    /// An answer has come: returns what to ask now.
    pub(crate) fn answer(&mut self, number: u16, payload: &[u8]) -> Vec<Question> {
        if !Payload::new(Direction::Answer, number, self.payload_limit).is(payload) {
            self.damaged += 1;
        } else if self.open.remove(&number) {
            self.answers += 1;
        } else {
            self.answers_again += 1;
        }
        self.more()
    }

    /// Whether the middle is reached.
    pub(crate) fn is_time_to_restart(&self) -> bool {
        self.answers >= COUNT / 2 && self.restarts == 0
    }

    /// The modem has restarted: nothing is asked until the firmware is ready again.
    pub(crate) fn restarted(&mut self) {
        self.restarts += 1;
        self.is_ready = false;
    }

    /// The firmware says what it has counted.
    pub(crate) fn report(&mut self, report: Report) {
        self.report = Some(report);
    }

    pub(crate) fn has_all_answers(&self) -> bool {
        self.answers == COUNT
    }

    /// Whether all is as it must be.
    pub(crate) fn check(&self) -> Result<(), String> {
        let report = self.report.ok_or("the firmware has not reported")?;
        let rules = [
            (report.received == COUNT, "a question is lost"),
            (self.answers == COUNT, "an answer is lost"),
            (report.damaged + self.damaged == 0, "a message is damaged"),
            (report.lost == 0, "the driver has lost a message"),
            (report.overruns == 0, "the UART has lost a byte"),
            (report.answered == COUNT, "an answer was not acknowledged"),
            (
                report.received_again <= self.asked_again,
                "a question came twice that was asked once",
            ),
            (
                self.answers_again <= report.answered_again,
                "an answer came twice that was published once",
            ),
            (
                report.restarts == self.restarts && self.restarts == 1,
                "the modem has not restarted, or the driver has not seen it",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, problem)) => Err((*problem).into()),
            None => Ok(()),
        }
    }

    /// New questions, as many as may be open.
    fn more(&mut self) -> Vec<Question> {
        let mut questions = Vec::new();
        while self.is_ready && self.next < COUNT && self.open.len() < usize::from(WINDOW) {
            self.open.insert(self.next);
            questions.push(self.question(self.next));
            self.next += 1;
        }
        questions
    }

    fn question(&self, number: u16) -> Question {
        Question {
            topic: format!("{QUESTIONS}{number}"),
            payload: Payload::new(Direction::Question, number, self.payload_limit).collect(),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(report) = self.report else {
            return write!(
                f,
                "{} questions were asked, and {} answered; without an answer: {:?}",
                self.next, self.answers, self.open
            );
        };
        writeln!(
            f,
            "             sent  again  received  again  lost  damaged"
        )?;
        let mut row = |name, sent, again, received: u16, received_again, damaged| {
            let lost = COUNT - received.min(COUNT);
            writeln!(
                f,
                "{name:<10}{sent:>7}{again:>7}{received:>10}{received_again:>7}{lost:>6}{damaged:>9}"
            )
        };
        row(
            "questions",
            self.next,
            self.asked_again,
            report.received,
            report.received_again,
            report.damaged,
        )?;
        row(
            "answers",
            report.answered,
            report.answered_again,
            self.answers,
            self.answers_again,
            self.damaged,
        )?;
        write!(
            f,
            "payloads of 0 to {} bytes; restarts of the modem: {}; overruns of the UART: {}",
            self.payload_limit, report.restarts, report.overruns
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1460;

    /// A firmware that counts as it should, and answers everything that it is asked.
    struct Firmware {
        exchange: Exchange,
        report: Report,
        questions: Vec<Question>,
    }

    impl Firmware {
        fn ready() -> Self {
            let mut exchange = Exchange::new(LIMIT);
            let questions = exchange.ready().unwrap();
            Self {
                exchange,
                report: Report::NOTHING,
                questions,
            }
        }

        /// Answers the oldest question.
        fn answer(&mut self) {
            let question = self.questions.remove(0);
            let number = qemu_messages::number(question.topic.as_bytes(), QUESTIONS).unwrap();
            let payload: Vec<u8> = Payload::new(Direction::Answer, number, LIMIT).collect();
            self.report.received += 1;
            self.report.answered += 1;
            let more = self.exchange.answer(number, &payload);
            self.questions.extend(more);
        }

        /// The restart, as soon as it is due; the questions in the modem are lost.
        fn restart(&mut self) {
            self.exchange.restarted();
            self.report.restarts += 1;
            self.questions = self.exchange.ready().unwrap();
        }

        fn check(&mut self) -> Result<(), String> {
            self.exchange.report(self.report);
            self.exchange.check()
        }
    }

    /// A whole run.
    fn played() -> Firmware {
        let mut firmware = Firmware::ready();
        while !firmware.exchange.has_all_answers() {
            firmware.answer();
            if firmware.exchange.is_time_to_restart() {
                firmware.restart();
            }
        }
        firmware
    }

    #[test]
    fn questions_that_a_restart_has_taken_are_asked_again() {
        let mut firmware = played();
        assert_eq!(firmware.check(), Ok(()));
        assert_eq!(firmware.exchange.asked_again, WINDOW);
    }

    #[test]
    fn no_more_questions_are_open_than_agreed() {
        let mut firmware = Firmware::ready();
        for _ in 0..10 {
            assert_eq!(firmware.questions.len(), usize::from(WINDOW));
            firmware.answer();
        }
    }

    #[test]
    fn while_the_modem_is_away_nothing_is_asked() {
        let mut firmware = Firmware::ready();
        firmware.exchange.restarted();
        firmware.answer();
        assert_eq!(firmware.questions.len(), usize::from(WINDOW) - 1);
    }

    #[test]
    fn without_a_restart_nothing_is_asked_again() {
        assert!(Firmware::ready().exchange.ready().is_err());
    }

    #[test]
    fn what_is_lost_damaged_or_doubled_fails_the_run() {
        let harms: [fn(&mut Firmware); 9] = [
            |it| it.report.received -= 1,
            |it| it.report.damaged += 1,
            |it| it.report.lost += 1,
            |it| it.report.overruns += 1,
            |it| it.report.answered -= 1,
            |it| it.report.restarts -= 1,
            |it| it.report.received_again += WINDOW + 1,
            |it| drop(it.exchange.answer(5, b"something else")),
            |it| {
                let payload: Vec<u8> = Payload::new(Direction::Answer, 5, LIMIT).collect();
                it.exchange.answer(5, &payload);
            },
        ];
        for harm in harms {
            let mut firmware = played();
            harm(&mut firmware);
            assert_ne!(firmware.check(), Ok(()));
        }
        let mut firmware = Firmware::ready();
        assert_ne!(firmware.check(), Ok(()));
    }

    #[test]
    fn an_answer_may_come_twice_that_was_published_twice() {
        let mut firmware = played();
        let payload: Vec<u8> = Payload::new(Direction::Answer, 5, LIMIT).collect();
        firmware.exchange.answer(5, &payload);
        firmware.report.answered_again += 1;
        assert_eq!(firmware.check(), Ok(()));
    }
}
