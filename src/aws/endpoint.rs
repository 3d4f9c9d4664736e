//! Where AWS's services are, for those that are called without the SDK's own client.

use aws_types::SdkConfig;

/// Whether addresses that are FIPS-validated, and such as have IPv6 beside IPv4, are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// AWS_USE_FIPS_ENDPOINT, or `use_fips_endpoint` of a profile.
    pub fips: bool,
    /// AWS_USE_DUALSTACK_ENDPOINT, or `use_dualstack_endpoint` of a profile.
    pub dual_stack: bool,
}

impl Wanted {
    /// What the SDK read of both ("Dual-stack and FIPS endpoints", reference guide of the SDKs).
    pub fn of(sdk: &SdkConfig) -> Self {
        Self {
            fips: sdk.use_fips().unwrap_or_default(),
            dual_stack: sdk.use_dual_stack().unwrap_or_default(),
        }
    }
}

/// Domains by the beginning of a region's name: the usual one, and that of addresses with IPv6 (partitions of the SDK,
/// `dnsSuffix` and `dualStackDnsSuffix`).
const DOMAINS: [(&str, &str, &str); 6] = [
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
];

/// AWS's domains in the partition of a region: the usual one, and that of addresses with IPv6.
fn domains(region: &str) -> (&'static str, &'static str) {
    let own = DOMAINS.iter().find(|(begins, ..)| region.starts_with(begins));
    own.map_or(("amazonaws.com", "api.aws"), |(_, usual, dual)| (usual, dual))
}

/// The address of a service in a region, by the rules that AWS gives its SDKs (endpoint rule sets of CloudTrail and
/// Application Auto Scaling): `-fips` behind the name, another domain where IPv6 is wanted. In the regions of GovCloud the
/// usual address of CloudTrail is the validated one.
pub(super) fn regional(name: &str, region: &str, wanted: Wanted) -> String {
    let (usual, dual) = domains(region);
    let domain = if wanted.dual_stack { dual } else { usual };
    let plain = name == "cloudtrail" && region.starts_with("us-gov-") && !wanted.dual_stack;
    let fips = if wanted.fips && !plain { "-fips" } else { "" };
    format!("https://{name}{fips}.{region}.{domain}")
}

/// The host of S3 in a region, behind which the names of buckets stand in paths, before which in hosts ("Amazon S3 dual-stack
/// endpoints", and "FIPS" in "Amazon S3 endpoints and quotas"): S3's dual-stack addresses keep the usual domain.
pub(super) fn s3(region: &str, wanted: Wanted) -> String {
    let fips = if wanted.fips { "-fips" } else { "" };
    let dual = if wanted.dual_stack { ".dualstack" } else { "" };
    format!("s3{fips}{dual}.{region}.{}", domains(region).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Wanted = Wanted { fips: false, dual_stack: false };
    const FIPS: Wanted = Wanted { fips: true, dual_stack: false };
    const DUAL: Wanted = Wanted { fips: false, dual_stack: true };
    const BOTH: Wanted = Wanted { fips: true, dual_stack: true };

    #[test]
    fn addresses_are_those_that_the_sdk_would_take() {
        let scaling = "application-autoscaling";
        for (name, region, wanted, url) in [
            ("cloudtrail", "us-west-2", PLAIN, "cloudtrail.us-west-2.amazonaws.com"),
            ("cloudtrail", "us-west-2", FIPS, "cloudtrail-fips.us-west-2.amazonaws.com"),
            ("cloudtrail", "us-west-2", DUAL, "cloudtrail.us-west-2.api.aws"),
            ("cloudtrail", "us-west-2", BOTH, "cloudtrail-fips.us-west-2.api.aws"),
            ("cloudtrail", "us-gov-west-1", FIPS, "cloudtrail.us-gov-west-1.amazonaws.com"),
            ("cloudtrail", "us-gov-west-1", BOTH, "cloudtrail-fips.us-gov-west-1.api.aws"),
            ("cloudtrail", "cn-north-1", DUAL, "cloudtrail.cn-north-1.api.amazonwebservices.com.cn"),
            (scaling, "us-gov-east-1", FIPS, "application-autoscaling-fips.us-gov-east-1.amazonaws.com"),
            (scaling, "cn-north-1", PLAIN, "application-autoscaling.cn-north-1.amazonaws.com.cn"),
            (scaling, "us-iso-east-1", PLAIN, "application-autoscaling.us-iso-east-1.c2s.ic.gov"),
            (scaling, "us-isob-east-1", PLAIN, "application-autoscaling.us-isob-east-1.sc2s.sgov.gov"),
            (
                scaling,
                "eusc-de-east-1",
                DUAL,
                "application-autoscaling.eusc-de-east-1.api.amazonwebservices.eu",
            ),
        ] {
            assert_eq!(regional(name, region, wanted), format!("https://{url}"));
        }
    }

    #[test]
    fn s3_keeps_its_domain() {
        for (region, wanted, host) in [
            ("us-west-2", PLAIN, "s3.us-west-2.amazonaws.com"),
            ("us-west-2", FIPS, "s3-fips.us-west-2.amazonaws.com"),
            ("us-west-2", DUAL, "s3.dualstack.us-west-2.amazonaws.com"),
            ("us-west-2", BOTH, "s3-fips.dualstack.us-west-2.amazonaws.com"),
            ("cn-north-1", DUAL, "s3.dualstack.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(s3(region, wanted), host);
        }
    }
}
