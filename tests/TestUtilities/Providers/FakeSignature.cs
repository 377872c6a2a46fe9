using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ModelOps.TestUtilities.Providers;

/// <summary>AWS's side of Signature Version 4: makes the signature again from what came. Written from the documentation, apart from the product's own.</summary>
internal static partial class FakeSignature
{
    /// <summary>What is wrong; null for nothing.</summary>
    /// <param name="now">The service's clock; null: any time is right.</param>
    public static (string Code, string Message)? Problem(FakeRequest request, string keyId, string secret, string? token, string region, DateTimeOffset? now)
    {
        Match said = Form().Match(request.Header("Authorization") ?? "");
        string[] names = said.Groups["names"].Value.Split(';');
        if (!said.Success || said.Groups["key"].Value != keyId || said.Groups["region"].Value != region || said.Groups["service"].Value is not ("bedrock" or "s3"))
        {
            return ("UnrecognizedClientException", $"The security token included in the request is invalid: {request.Header("Authorization")}");
        }

        string[] needed = ["host", "x-amz-date", .. request.Headers.Keys.Select(k => k.ToLowerInvariant()).Where(k => k.StartsWith("x-amz-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (needed.FirstOrDefault(n => !names.Contains(n)) is { } unsigned || request.Header("x-amz-security-token") != token)
        {
            return ("InvalidSignatureException", "a header is not signed, or the token is not the one");
        }

        string date = request.Header("x-amz-date")!, service = said.Groups["service"].Value, hash = Hex(SHA256.HashData(request.Body));
        DateTimeOffset signed = DateTimeOffset.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (now is { } clock && (clock - signed).Duration() > TimeSpan.FromMinutes(5))
        {
            return service == "s3" ? ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
                : ("InvalidSignatureException", $"Signature expired: {date} is now earlier than {clock:yyyyMMdd'T'HHmmss'Z'}");
        }

        if (service == "s3" && request.Header("x-amz-content-sha256") != hash)
        {
            return ("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
        }

        var canonical = new StringBuilder(request.Method).Append('\n').Append(service == "s3" ? request.Address.AbsolutePath : Encode(request.Address.AbsolutePath, "/")).Append('\n')
            .AppendJoin('&', request.Query.Select(q => $"{Encode(q.Key, "")}={Encode(q.Value, "")}").Order(StringComparer.Ordinal)).Append('\n');
        foreach (string name in names)
        {
            canonical.Append(name).Append(':').Append(name == "host" ? request.Address.Authority : request.Header(name)!.Trim()).Append('\n');
        }

        canonical.Append('\n').AppendJoin(';', names).Append('\n').Append(hash);
        string scope = $"{date[..8]}/{region}/{service}/aws4_request";
        byte[] key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + secret), date[..8]), region), service), "aws4_request");
        string signature = Hex(Mac(key, $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}"));

        // Services repeat the whole request, the token among it.
        return signature == said.Groups["signature"].Value ? null
            : (service == "s3" ? "SignatureDoesNotMatch" : "InvalidSignatureException", $"The request signature we calculated does not match the signature you provided ({keyId}). The Canonical String for this request should have been '{canonical}'");
    }

    /// <summary>The service that a signature is for.</summary>
    public static string Service(FakeRequest request) => Form().Match(request.Header("Authorization") ?? "").Groups["service"].Value;

    private static string Encode(string text, string kept)
        => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => char.IsAsciiLetterOrDigit((char)b) || "-._~".Contains((char)b, StringComparison.Ordinal) || kept.Contains((char)b, StringComparison.Ordinal) ? ((char)b).ToString() : $"%{b:X2}"));

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    [GeneratedRegex("^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)/(?<date>[0-9]{8})/(?<region>[^/]+)/(?<service>[^/]+)/aws4_request, SignedHeaders=(?<names>[a-z0-9;-]+), Signature=(?<signature>[0-9a-f]{64})$")]
    private static partial Regex Form();
}
