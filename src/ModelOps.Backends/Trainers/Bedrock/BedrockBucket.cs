using System.Text.RegularExpressions;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>The place in S3 that Bedrock reads rows from and writes to.</summary>
/// <param name="Name">Of the bucket.</param>
/// <param name="Prefix">Of keys; empty, or with a slash at its end.</param>
internal sealed partial record BedrockBucket(string Name, string Prefix)
{
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3150</c>: it is none.</exception>
    public static BedrockBucket Parse(string? address)
    {
        Match match = Place().Match(address?.Trim() ?? "");
        if (!match.Success)
        {
            throw BedrockErrors.NoBucket(BedrockDescription.BucketVariable, address ?? "");
        }

        string prefix = match.Groups["prefix"].Value.Trim('/');
        return new BedrockBucket(match.Groups["bucket"].Value, prefix.Length == 0 ? "" : prefix + "/");
    }

    public string KeyOf(string name) => Prefix + name;

    public string Address(string name) => $"s3://{Name}/{KeyOf(name)}";

    // What Bedrock's API takes as an address of S3.
    [GeneratedRegex("^s3://(?<bucket>[a-z0-9][-.a-z0-9]{1,61}[a-z0-9])(?<prefix>(/[-!_*'().a-z0-9A-Z]+)*)/?$")]
    private static partial Regex Place();
}
