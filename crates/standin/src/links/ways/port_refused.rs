//! Nobody listens on the port.

use crate::links::{Meets, Way};

pub(super) const WAY: Way = Way {
    name: "port-refused",
    about: "nobody listens on the port",
    meets: Meets::Nobody,
};
