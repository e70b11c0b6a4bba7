// SPDX-License-Identifier: GPL-2.0-only

//! A meter that is fed by hand.

use ssi_netlink::Bucket;

use super::*;

/// What a machine would report.
#[derive(Default)]
struct Fed {
    /// Ticks: busy, idle.
    ticks: (u64, u64),
    buckets: Vec<(u32, u64, u64)>,
    /// Average and total of pressure, where there is any.
    pressure: Option<(u32, u64)>,
    connections: Vec<(u32, u32)>,
    connections_read: u32,
    no_connections: bool,
    no_counters: bool,
}

impl Source for Fed {
    fn stat(&mut self) -> io::Result<String> {
        let (busy, idle) = self.ticks;
        Ok(format!("cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n"))
    }

    fn pressure(&mut self, of: Resource) -> Option<String> {
        let (average, total) = self.pressure?;
        let average = match of {
            Resource::Cpu => average,
            Resource::Io => average + 1,
            Resource::Memory => average + 2,
        };
        Some(format!(
            "some avg10={average}.00 avg60=0.00 avg300=0.00 total={total}\n"
        ))
    }

    fn counters(&mut self) -> Result<Vec<Bucket>, Error> {
        if self.no_counters {
            return Err(Error::Counters(ssi_netlink::Error::NoModule));
        }
        let bucket = |&(bucket, served_packets, served_bytes): &(u32, u64, u64)| Bucket {
            bucket,
            served_packets,
            served_bytes,
            ..Bucket::default()
        };
        Ok(self.buckets.iter().map(bucket).collect())
    }

    fn connections(&mut self) -> Result<Connections, Error> {
        self.connections_read += 1;
        if self.no_connections {
            return Err(Error::Connections(ssi_netlink::Error::NoModule));
        }
        Ok(Connections {
            total: self.connections.iter().map(|(_, count)| count).sum(),
            buckets: self.connections.iter().copied().collect(),
        })
    }
}

fn at(meter: &mut Meter<Fed>, seconds: u64) -> Option<Sample> {
    meter.sample(Duration::from_secs(seconds)).unwrap()
}

#[test]
fn claim_12_a_sample_is_what_happened_since_the_last() {
    let mut meter = Meter::new(Fed {
        ticks: (1000, 1000),
        buckets: vec![(2, 100, 1000), (5, 7, 70)],
        pressure: Some((30, 1_000_000)),
        connections: vec![(5, 2), (9, 1)],
        ..Fed::default()
    });
    assert_eq!(at(&mut meter, 50), None);
    meter.source.ticks = (1150, 1050);
    meter.source.buckets = vec![(2, 300, 5000), (5, 7, 70)];
    meter.source.pressure = Some((44, 1_500_000));
    let load = |bucket, packets, bytes, connections| BucketLoad {
        bucket,
        packets,
        bytes,
        connections,
    };
    let expected = Sample {
        packets: 100,
        bytes: 2000,
        connections: 3,
        cpu: 75,
        stall: 25,
        pressure: 44,
        io_pressure: 45,
        memory_pressure: 46,
        buckets: vec![load(2, 100, 2000, 0), load(5, 0, 0, 2), load(9, 0, 0, 1)],
    };
    assert_eq!(at(&mut meter, 52), Some(expected));
}

#[test]
fn without_pressure_it_is_estimated_from_busy_processors() {
    let mut meter = Meter::new(Fed::default());
    at(&mut meter, 0);
    let mut ticks = (0, 0);
    let mut next = |second, busy, idle| {
        ticks = (ticks.0 + busy, ticks.1 + idle);
        meter.source.ticks = ticks;
        let sample = at(&mut meter, second).unwrap();
        (
            sample.cpu,
            sample.stall,
            sample.pressure,
            sample.io_pressure,
        )
    };
    assert_eq!(next(1, 100, 0), (100, 100, 0, 0));
    assert_eq!(next(2, 95, 5), (95, 50, 0, 0));
    assert_eq!(next(3, 90, 10), (90, 0, 0, 0));
    assert_eq!(next(4, 0, 0), (0, 0, 0, 0));
}

#[test]
fn counters_that_began_anew_give_no_sample_and_then_samples_again() {
    let mut meter = Meter::new(Fed::default());
    let mut next = |second, packets| {
        meter.source.buckets = vec![(0, packets, packets)];
        at(&mut meter, second).map(|sample| sample.packets)
    };
    assert_eq!(next(0, 1 << 50), None);
    assert_eq!(next(1, (1 << 50) + 3), Some(3));
    assert_eq!(next(2, 10), None);
    assert_eq!(next(3, 15), Some(5));
    // No time went by.
    assert_eq!(next(3, 16), None);
    assert_eq!(next(4, 18), Some(2));
}

#[test]
fn connections_are_counted_every_fifth_time() {
    let mut meter = Meter::new(Fed::default());
    for second in 0..11 {
        at(&mut meter, second);
    }
    assert_eq!(meter.source.connections_read, 3);
}

#[test]
fn what_cannot_be_read() {
    let mut meter = Meter::new(Fed {
        no_connections: true,
        ..Fed::default()
    });
    at(&mut meter, 0);
    assert!(meter.trouble().is_some());
    meter.source.no_counters = true;
    assert!(meter.sample(Duration::from_secs(1)).is_err());
    meter.source.no_counters = false;
    meter.source.no_connections = false;
    meter.source.buckets = vec![(0, 30, 30)];
    // The failure in between only makes the time longer.
    assert_eq!(at(&mut meter, 3).map(|sample| sample.packets), Some(10));
    for second in 4..8 {
        at(&mut meter, second);
    }
    assert!(meter.trouble().is_none());
}
