use super::Text;
use crate::value::{Parameter, Problem, ValueError};

/// Topic name: where a message is published (MQTT 3.1.1, chapter 4.7). It holds no wildcard.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TopicName<'a>(Text<'a>);

impl<'a> TopicName<'a> {
    /// Checks a topic name.
    ///
    /// # Errors
    /// [`ValueError`] when it is empty, or holds `+`, `#`, `"` or a control character.
    pub fn new(topic: &'a str) -> Result<Self, ValueError> {
        Self::named(Parameter::TopicName, topic)
    }

    pub(super) fn named(parameter: Parameter, topic: &'a str) -> Result<Self, ValueError> {
        let text = Text::non_empty(parameter, topic)?;
        match topic.bytes().position(is_wildcard) {
            None => Ok(Self(text)),
            Some(position) => Err(misplaced_wildcard(parameter, position)),
        }
    }

    /// The topic name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0.as_str()
    }
}

/// Topic filter: what a client subscribes to, with wildcards `+` and `#` (MQTT 3.1.1,
/// chapter 4.7).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TopicFilter<'a>(Text<'a>);

impl<'a> TopicFilter<'a> {
    /// Checks a topic filter.
    ///
    /// # Errors
    /// [`ValueError`] when it is empty, holds `"` or a control character, a wildcard that shares
    /// its level with other characters, or a `#` that is not the last level.
    pub fn new(filter: &'a str) -> Result<Self, ValueError> {
        let text = Text::non_empty(Parameter::TopicFilter, filter)?;
        let bytes = filter.as_bytes();
        let misplaced = bytes.iter().enumerate().position(|(at, &byte)| {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let after = at.checked_add(1).and_then(|at| bytes.get(at));
            let alone = matches!(before, None | Some(b'/')) && matches!(after, None | Some(b'/'));
            match byte {
                b'#' => !alone || after.is_some(),
                b'+' => !alone,
                _ => false,
            }
        });
        match misplaced {
            None => Ok(Self(text)),
            Some(position) => Err(misplaced_wildcard(Parameter::TopicFilter, position)),
        }
    }

    /// The topic filter.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0.as_str()
    }

    /// Whether it matches a topic name: level by level, with its wildcards; but no filter that
    /// begins with a wildcard matches a topic name that begins with `$` (MQTT 3.1.1, chapter 4.7).
    /// A shared subscription (`$share/GROUP/FILTER`, which some servers of 3.1.1 have as those of
    /// 5.0 do) matches what its filter does.
    ///
    /// ```
    /// use quectel_mqtt::mqtt::TopicFilter;
    ///
    /// let filter = TopicFilter::new("meter/+/do/#")?;
    /// assert!(filter.matches(b"meter/0815/do/now"));
    /// assert!(filter.matches(b"meter/0815/do"));
    /// assert!(!filter.matches(b"meter/do"));
    /// # Ok::<(), quectel_mqtt::ValueError>(())
    /// ```
    #[must_use]
    pub fn matches(self, topic: &[u8]) -> bool {
        let mut filter = self.as_str().as_bytes();
        if let Some(shared) = filter.strip_prefix(b"$share/") {
            let group = shared.iter().position(|&byte| byte == b'/');
            filter = group.map_or(filter, |end| {
                shared.get(end.saturating_add(1)..).unwrap_or_default()
            });
        }
        let is_wild = filter.first().is_some_and(|&byte| is_wildcard(byte));
        if is_wild && topic.first() == Some(&b'$') {
            return false;
        }
        let mut levels = topic.split(|&byte| byte == b'/');
        for level in filter.split(|&byte| byte == b'/') {
            match (level, levels.next()) {
                // It stands for its parent level too.
                (b"#", _) => return true,
                (b"+", Some(_)) => {}
                (level, Some(name)) if level == name => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}

const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'+' | b'#')
}

fn misplaced_wildcard(parameter: Parameter, position: usize) -> ValueError {
    ValueError {
        parameter,
        problem: Problem::MisplacedWildcard {
            position: position.try_into().unwrap_or(u16::MAX),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Examples of MQTT 3.1.1, chapter 4.7.1.
    #[test]
    fn filters_are_accepted_and_refused_as_the_specification_says() {
        for filter in [
            "sport/tennis/player1/#",
            "#",
            "sport/#",
            "+",
            "+/tennis/#",
            "sport/+/player1",
            "/+",
            "/",
        ] {
            assert_eq!(TopicFilter::new(filter).unwrap().as_str(), filter);
        }
        for (filter, position) in [
            ("sport/tennis#", 12),
            ("sport/tennis/#/ranking", 13),
            ("sport+", 5),
            ("+a", 0),
            ("##", 0),
        ] {
            let problem = TopicFilter::new(filter).unwrap_err().problem;
            assert_eq!(problem, Problem::MisplacedWildcard { position }, "{filter}");
        }
    }

    #[test]
    fn a_topic_name_has_no_wildcard_no_quote_and_at_least_one_byte() {
        assert_eq!(TopicName::new("a/b").unwrap().as_str(), "a/b");
        let refused = |topic| TopicName::new(topic).unwrap_err().problem;
        assert_eq!(refused(""), Problem::Empty);
        assert_eq!(refused("a/+"), Problem::MisplacedWildcard { position: 2 });
        assert_eq!(refused("a/#"), Problem::MisplacedWildcard { position: 2 });
        assert_eq!(
            refused("a\"b"),
            Problem::ForbiddenByte {
                byte: b'"',
                position: 1
            }
        );
        assert_eq!(
            refused("a\r\nAT"),
            Problem::ForbiddenByte {
                byte: b'\r',
                position: 1
            }
        );
    }

    // Examples of MQTT 3.1.1, chapters 4.7.1 and 4.7.2; shared subscriptions are of MQTT 5, and of many servers.
    #[test]
    fn a_filter_matches_as_the_specification_says() {
        for (filter, topic, is_match) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/ranking",
                true,
            ),
            ("sport/tennis/player1/#", "sport/tennis/player2", false),
            ("sport/#", "sport", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/uptime", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/uptime", true),
            ("$share/group/sport/+", "sport/tennis", true),
            ("$share/group/sport/+", "news/tennis", false),
            ("$share/group", "group", false),
        ] {
            let filter = TopicFilter::new(filter).unwrap();
            assert_eq!(
                filter.matches(topic.as_bytes()),
                is_match,
                "{filter:?} {topic}"
            );
        }
    }
}
