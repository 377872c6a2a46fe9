using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ModelOps.Backends.Aws;

/// <summary>What a signature is good for: one service in one region.</summary>
/// <param name="Service">The name that the service signs under: <c>bedrock</c>, <c>s3</c>.</param>
internal sealed record AwsScope(string Region, string Service)
{
    /// <summary>S3 takes a path as it is sent; all other services encode it once more.</summary>
    public bool EncodesTwice => Service != "s3";
}

/// <summary>Signature Version 4 in a header, as AWS documents it for requests to its services.</summary>
internal static partial class SignatureV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>The value of <c>X-Amz-Date</c>, which must be among the headers that are signed.</summary>
    public static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>SHA-256 of a body, as lower-case hexadecimal digits.</summary>
    public static string Hash(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));

    /// <summary>The value of the header <c>Authorization</c>.</summary>
    /// <param name="headers">What is signed, <c>host</c> included.</param>
    /// <param name="payload">From <see cref="Hash"/>.</param>
    public static string Authorization(
        string method, Uri address, IEnumerable<KeyValuePair<string, string>> headers, string payload, AwsCredentials who, AwsScope scope, DateTimeOffset time)
    {
        KeyValuePair<string, string>[] signed = [.. headers.Select(h => KeyValuePair.Create(h.Key.ToLowerInvariant(), Spaces().Replace(h.Value.Trim(), " "))).OrderBy(h => h.Key, StringComparer.Ordinal)];
        string names = string.Join(';', signed.Select(h => h.Key));
        string canonical = string.Join('\n', method, Path(address, scope), Query(address), string.Concat(signed.Select(h => $"{h.Key}:{h.Value}\n")), names, payload);
        string stamp = Stamp(time), date = stamp[..8], credential = $"{date}/{scope.Region}/{scope.Service}/aws4_request";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + who.Secret);
        foreach (string part in (string[])[date, scope.Region, scope.Service, "aws4_request"])
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        string toSign = string.Join('\n', Algorithm, stamp, credential, Hash(Encoding.UTF8.GetBytes(canonical)));
        string signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return $"{Algorithm} Credential={who.KeyId}/{credential}, SignedHeaders={names}, Signature={signature}";
    }

    private static string Path(Uri address, AwsScope scope)
        => scope.EncodesTwice ? string.Join('/', address.AbsolutePath.Split('/').Select(Uri.EscapeDataString)) : address.AbsolutePath;

    // By name and then by value, both as they are encoded; a name without '=' has an empty value.
    private static string Query(Uri address) => string.Join('&', address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.Split('=', 2))
        .Select(part => (Name: Encoded(part[0]), Value: Encoded(part.Length > 1 ? part[1] : "")))
        .OrderBy(part => part.Name, StringComparer.Ordinal).ThenBy(part => part.Value, StringComparer.Ordinal)
        .Select(part => $"{part.Name}={part.Value}"));

    private static string Encoded(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
