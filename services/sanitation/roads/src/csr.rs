//! Lists by number, one after the other in one piece of memory.

/// Index of something in a list; lists here hold fewer than 2^32 things.
pub(crate) fn id(index: usize) -> u32 {
    u32::try_from(index).expect("a list of fewer than 2^32")
}

/// For each of `0..len()` a list of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Csr<T> {
    first: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> Csr<T> {
    /// `lists` lists out of `(list, item)` pairs; items keep their order.
    pub(crate) fn new(lists: usize, pairs: &[(u32, T)]) -> Self {
        let mut first = vec![0u32; lists + 1];
        for (list, _) in pairs {
            first[*list as usize + 1] += 1;
        }
        for list in 0..lists {
            first[list + 1] += first[list];
        }
        let mut items: Vec<T> = Vec::with_capacity(pairs.len());
        if let Some((_, any)) = pairs.first() {
            items.resize(pairs.len(), *any);
        }
        let mut next = first.clone();
        for (list, item) in pairs {
            let at = &mut next[*list as usize];
            items[*at as usize] = *item;
            *at += 1;
        }
        Self { first, items }
    }

    pub(crate) fn list(&self, list: u32) -> &[T] {
        let list = list as usize;
        &self.items[self.first[list] as usize..self.first[list + 1] as usize]
    }
}
