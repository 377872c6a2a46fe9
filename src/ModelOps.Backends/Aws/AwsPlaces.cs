using System.Text.RegularExpressions;

namespace ModelOps.Backends.Aws;

/// <summary>Where the services of one region answer. All follow from the address of Bedrock's control plane; a gateway's address stands for all of them.</summary>
/// <param name="Runtime">Where models are asked.</param>
/// <param name="Storage">S3, where buckets are the first part of a path; null: a bucket is part of the host's name.</param>
internal sealed partial record AwsPlaces(Uri Control, Uri Runtime, Uri? Storage, string Region, string Domain)
{
    private const string UsualRegion = "us-east-1";

    /// <param name="environment">Knows <c>AWS_REGION</c>, which counts where the address names no region, and AWS's own variables for other addresses.</param>
    public static AwsPlaces Of(Uri control, Func<string, string?> environment)
    {
        Uri? runtime = Address("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"), storage = Address("AWS_ENDPOINT_URL_S3");
        if (Regional(control) is not { } host)
        {
            return new AwsPlaces(control, runtime ?? control, storage ?? control, environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ?? UsualRegion, "");
        }

        string region = host.Groups["region"].Value, domain = host.Groups["domain"].Value, fips = host.Groups["fips"].Value;
        return new AwsPlaces(control, runtime ?? new Uri($"https://bedrock-runtime{fips}.{region}.{domain}"), storage, region, domain);

        Uri? Address(string variable) => Uri.TryCreate(environment(variable), UriKind.Absolute, out Uri? url) && url.Scheme is "https" or "http" ? url : null;
    }

    /// <summary>The address of an object. A name with a dot in it would fit no certificate as part of a host's name.</summary>
    public Uri Object(string bucket, string key)
    {
        string path = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        return Storage is { } storage ? new Uri($"{storage.AbsoluteUri.TrimEnd('/')}/{bucket}/{path}")
            : bucket.Contains('.', StringComparison.Ordinal) ? new Uri($"https://s3.{Region}.{Domain}/{bucket}/{path}") : new Uri($"https://{bucket}.s3.{Region}.{Domain}/{path}");
    }

    private static Match? Regional(Uri address) => Host().Match(address.IdnHost) is { Success: true } match ? match : null;

    [GeneratedRegex(@"^bedrock(?<fips>-fips)?\.(?<region>[a-z]{2}(-[a-z]+)+-[0-9]+)\.(?<domain>amazonaws\.com(\.cn)?)$")]
    private static partial Regex Host();
}
