//! Topic filters (MQTT 3.1.1, chapter 4.7).

/// Whether a topic filter matches a topic name.
#[must_use]
pub fn matches(filter: &str, topic: &str) -> bool {
    // "The Server MUST NOT match Topic Filters starting with a wildcard character (# or +) with
    // Topic Names beginning with a $ character."
    if topic.starts_with('$') && filter.starts_with(['#', '+']) {
        return false;
    }
    let mut levels = topic.split('/');
    for part in filter.split('/') {
        if part == "#" {
            return true;
        }
        match levels.next() {
            Some(level) if part == "+" || part == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Whether a topic filter is well formed.
pub(super) fn is_valid(filter: &str) -> bool {
    let mut parts = filter.split('/').peekable();
    while let Some(part) = parts.next() {
        let wild = part.contains(['#', '+']);
        let last = parts.peek().is_none();
        if wild && (part.len() > 1 || (part == "#" && !last)) {
            return false;
        }
    }
    !filter.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_the_standard_says() {
        for (filter, topic) in [
            ("a/b", "a/b"),
            ("a/+", "a/b"),
            ("a/#", "a"),
            ("a/#", "a/b/c"),
            ("#", "a/b"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("$SYS/#", "$SYS/uptime"),
        ] {
            assert!(matches(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [
            ("a/b", "a"),
            ("a/+", "a/b/c"),
            ("+", "/finance"),
            ("#", "$SYS/uptime"),
            ("+/uptime", "$SYS/uptime"),
        ] {
            assert!(!matches(filter, topic), "{filter} {topic}");
        }
    }

    #[test]
    fn wildcards_fill_a_level() {
        assert!(is_valid("a/+/#"));
        for filter in ["", "a#", "a/#/b", "a+/b"] {
            assert!(!is_valid(filter), "{filter}");
        }
    }
}
