//! Whoever switches a feature on reads the manifest, so each says there what it is for.

use super::manifest::entries;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("Cargo.toml") {
        for entry in entries(text) {
            // What the defaults are, their names say.
            if entry.section == "features" && entry.key != "default" && !entry.commented {
                findings.push(format!("{path}:{}: no comment above the feature {}", entry.line, entry.key));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_without_a_comment_is_found() {
        let manifest = "[features]\ndefault = [\"a\"]\n# Why.\na = []\nb = []\n\n[dependencies]\nc = \"1\"\n";
        let tree = Tree::made(&[("x/Cargo.toml", manifest)]);
        assert_eq!(check(&tree), ["x/Cargo.toml:5: no comment above the feature b"]);
    }
}
