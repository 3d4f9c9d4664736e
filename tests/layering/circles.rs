//! Circles in a graph: who can come back to where it started from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who names whom.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// Everything that can be reached from `from` in one step or more.
pub fn reached(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&String> = graph.get(from).into_iter().flatten().collect();
    while let Some(next) = left.pop() {
        if found.insert(next.clone()) {
            left.extend(graph.get(next).into_iter().flatten());
        }
    }
    found
}

/// The circles: each the set of those who reach one another, biggest first. Whoever names only itself is none.
pub fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|node| (node, reached(graph, node))).collect();
    let mut found: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for (node, there) in &reach {
        let both = there.iter().filter(|other| reach.get(other).is_some_and(|back| back.contains(*node)));
        let circle: BTreeSet<String> = both.cloned().collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    found
}

/// The shortest way from `node` back to itself, both ends named; empty where there is none.
pub fn way_back(graph: &Graph, node: &str) -> Vec<String> {
    let mut came: BTreeMap<&str, &str> = BTreeMap::new();
    let mut left = VecDeque::from([node]);
    while let Some(here) = left.pop_front() {
        for next in graph.get(here).into_iter().flatten().filter(|next| *next != here) {
            if next == node {
                let mut way = vec![node.to_owned(), here.to_owned()];
                let mut at = here;
                while at != node {
                    at = came[at];
                    way.push(at.to_owned());
                }
                way.reverse();
                return way;
            }
            if !came.contains_key(next.as_str()) {
                came.insert(next, here);
                left.push_back(next);
            }
        }
    }
    Vec::new()
}

/// Those who stand on nobody are on floor 1, everyone else one floor above the highest they stand on; a circle
/// shares its floor.
pub fn floors(graph: &Graph) -> BTreeMap<String, usize> {
    let circles = circles(graph);
    let home = |node: &String| circles.iter().position(|circle| circle.contains(node));
    let mut floors: BTreeMap<String, usize> = graph.keys().map(|node| (node.clone(), 1)).collect();
    // A floor rises once for every storey below it, so this ends: circles do not lift one another.
    loop {
        let mut risen = false;
        for (node, below) in graph {
            let needed = below
                .iter()
                .filter(|other| *other != node && (home(node).is_none() || home(node) != home(other)))
                .filter_map(|other| floors.get(other))
                .max()
                .map_or(1, |floor| floor + 1);
            let together = home(node).map_or(vec![node.clone()], |at| circles[at].iter().cloned().collect());
            for one in together {
                if floors.get(&one).is_some_and(|floor| *floor < needed) {
                    floors.insert(one, needed);
                    risen = true;
                }
            }
        }
        if !risen {
            return floors;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graph(edges: &[(u8, u8)]) -> Graph {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry(to.to_string()).or_default();
            graph.entry(from.to_string()).or_default().insert(to.to_string());
        }
        graph
    }

    fn sets(graph: &Graph) -> Vec<String> {
        circles(graph).iter().map(|circle| circle.iter().cloned().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn circles_of_made_up_graphs() {
        assert_eq!(sets(&graph(&[])), [""; 0]);
        assert_eq!(sets(&graph(&[(1, 2), (2, 3), (1, 3)])), [""; 0]);
        assert_eq!(sets(&graph(&[(1, 1)])), [""; 0]);
        assert_eq!(sets(&graph(&[(1, 2), (2, 1)])), ["1 2"]);
        assert_eq!(sets(&graph(&[(1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (5, 4)])), ["1 2 3", "4 5"]);
        assert_eq!(way_back(&graph(&[(1, 2), (2, 3), (3, 1), (2, 1)]), "1"), ["1", "2", "1"]);
        assert_eq!(way_back(&graph(&[(1, 2), (1, 1)]), "1"), [""; 0]);
        let floors = floors(&graph(&[(1, 2), (2, 3), (3, 2), (3, 4)]));
        assert_eq!(floors.values().copied().collect::<Vec<_>>(), [3, 2, 2, 1]);
    }

    proptest! {
        /// Two are in one circle exactly when each can come to the other; whoever is in one has a way back, whoever
        /// is in none has not; and outside circles everyone stands above all that it names.
        #[test]
        fn circles_are_those_who_reach_one_another(
            edges in prop::collection::vec((0_u8..12, 0_u8..12), 0..30),
        ) {
            let graph = graph(&edges);
            let circles = circles(&graph);
            let floors = floors(&graph);
            for (one, below) in &graph {
                let mine = circles.iter().find(|circle| circle.contains(one));
                prop_assert_eq!(mine.is_some(), !way_back(&graph, one).is_empty());
                for other in graph.keys().filter(|other| *other != one) {
                    let both = reached(&graph, one).contains(other) && reached(&graph, other).contains(one);
                    prop_assert_eq!(mine.is_some_and(|circle| circle.contains(other)), both);
                    if below.contains(other) && !both {
                        prop_assert!(floors[one] > floors[other]);
                    }
                }
            }
        }

        /// Files that are named in an order, each naming earlier ones only, make no circle.
        #[test]
        fn an_order_has_no_circle(edges in prop::collection::vec((0_u8..12, 0_u8..12), 0..30)) {
            let down: Vec<(u8, u8)> = edges.into_iter().filter(|(from, to)| from > to).collect();
            prop_assert!(circles(&graph(&down)).is_empty());
        }
    }
}
