//! Memory that the host holds for a call: counted against it while anybody holds it.

use std::sync::Arc;

use bytes::Bytes;

use crate::meter::{MemoryMeter, OverMemory};

/// Bytes taken from a call's memory, and given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    memory: Arc<MemoryMeter>,
    bytes: usize,
}

impl Held {
    pub fn new(memory: &Arc<MemoryMeter>, bytes: usize) -> Result<Held, OverMemory> {
        memory.take(bytes)?;
        Ok(Held { memory: memory.clone(), bytes })
    }

    /// Takes so many more.
    pub fn grow(&mut self, bytes: usize) -> Result<(), OverMemory> {
        self.memory.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Gives so many of them back.
    pub fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.memory.give_back(bytes);
        self.bytes -= bytes;
    }

    /// The body, counted once however often it is cloned or sliced, until the last of them is gone.
    pub fn with(self, body: Bytes) -> Bytes {
        Bytes::from_owner(Counted { body, _held: self })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.give_back(self.bytes);
    }
}

struct Counted {
    body: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_counts_once_until_its_last_slice_is_gone() {
        let memory = Arc::new(MemoryMeter::new(10));
        let body = Held::new(&memory, 6).unwrap().with(Bytes::from_static(b"abcdef"));
        let (clone, slice) = (body.clone(), body.slice(4..));
        drop((body, clone));
        assert_eq!((&slice[..], memory.used()), (&b"ef"[..], 6));
        assert!(Held::new(&memory, 5).is_err(), "the slice holds all of it");
        drop(slice);
        assert_eq!((memory.used(), memory.peak()), (0, 6));
    }

    #[test]
    fn an_empty_body_may_stand_for_what_came_with_it() {
        let memory = Arc::new(MemoryMeter::new(10));
        let body = Held::new(&memory, 7).unwrap().with(Bytes::new());
        assert_eq!(memory.used(), 7);
        drop(body.clone());
        assert_eq!(memory.used(), 7);
        drop(body);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn what_is_refused_is_not_taken() {
        let memory = Arc::new(MemoryMeter::new(10));
        let mut held = Held::new(&memory, 4).unwrap();
        let refused = held.grow(7).unwrap_err();
        assert_eq!((refused.wanted, refused.allowed, memory.used()), (11, 10, 4));
        held.grow(6).unwrap();
        held.shrink(9);
        assert_eq!(memory.used(), 1);
    }
}
