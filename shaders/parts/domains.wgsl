// Which domain a sample is of: the twin of src/mixing/domains.ts, bit for bit, by the tables made there. A run that knows no domains has
// one of all its points.
import package::parts::numeric::threefry::{threefry, PURPOSE_DOMAIN};
import package::parts::population::{runs, states, indices};

// Whether some run has a bandit, which draws one domain a step.
override BANDITS: u32 = 0u;

// A domain's points among the run's.
struct Domain {
  start: u32,
  size: u32,
  rows: u32,       // grid rows of the permutation of `size`
}

// Words of a domain in `indices`: its threshold, then what a Domain has.
const DOMAIN_WORDS: u32 = 4u;

// The domain of the first point of sample b of a step.
fn domainOfFirst(r: u32, step: u32, b: u32) -> Domain {
  return domainAt(r, drawnDomain(r, threefry(vec2u(runs[r].seed, PURPOSE_DOMAIN), vec2u(step, b)).x));
}

// That of its partner: the same, or drawn by the other word.
fn domainOfPartner(r: u32, step: u32, b: u32) -> Domain {
  let words = threefry(vec2u(runs[r].seed, PURPOSE_DOMAIN), vec2u(step, b));
  return domainAt(r, drawnDomain(r, select(words.y, words.x, runs[r].partnerDomain == 1u)));
}

// A bandit's of this step; else the one that a word draws.
fn drawnDomain(r: u32, word: u32) -> u32 {
  let drawn = domainOfWord(r, word);
  if (BANDITS == 1u) { return select(drawn, states[r].domain, runs[r].banditReward != 0u); }
  return drawn;
}

// The first domain whose threshold is above the word's upper 31 bits.
fn domainOfWord(r: u32, word: u32) -> u32 {
  let table = runs[r].domainsOffset;
  var domain = 0u;
  loop {
    let isAbove = indices[table + DOMAIN_WORDS * domain] > (word >> 1u);
    if (isAbove | (domain + 1u >= runs[r].domains)) { break; }
    domain += 1u;
  }
  return domain;
}

fn domainAt(r: u32, domain: u32) -> Domain {
  let at = runs[r].domainsOffset + DOMAIN_WORDS * domain;
  return Domain(indices[at + 1u], indices[at + 2u], indices[at + 3u]);
}

// A domain's proportion, of a sum of 1.
fn domainShare(r: u32, domain: u32) -> f32 {
  let at = runs[r].domainsOffset + DOMAIN_WORDS * domain;
  let before = select(indices[at - min(at, DOMAIN_WORDS)], 0u, domain == 0u);
  return f32(indices[at] - before) * 0x1p-31f;
}
