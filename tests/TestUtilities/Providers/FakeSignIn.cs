using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>Google's sign-in for service accounts: a signed statement for a token (RFC 7523). It believes nothing that is not signed by the account's key.</summary>
internal sealed class FakeSignIn
{
    private const string Email = "tuner@acme-ml.iam.gserviceaccount.test", KeyId = "0123456789abcdef", Type = "Bearer ";
    private static readonly RSA s_key = RSA.Create(2048);
    private readonly Dictionary<string, int> _tokens = new(StringComparer.Ordinal);
    private string _url = "";

    public int Uses { get; set; } = int.MaxValue;

    public List<JsonObject> Claims { get; } = [];

    public static string KeyCanary => Pem().Split('\n')[3];

    public string KeyFile(string project, string tokenUrl)
    {
        _url = tokenUrl;
        return new JsonObject
        {
            ["type"] = "service_account", ["project_id"] = project, ["private_key_id"] = KeyId, ["private_key"] = Pem(), ["client_email"] = Email, ["token_uri"] = tokenUrl, ["universe_domain"] = "googleapis.com",
        }.ToJsonString();
    }

    public string Issue()
    {
        string token = $"ya29.{FakeProvider.Key}.{_tokens.Count}";
        _tokens[token] = 0;
        return token;
    }

    public bool IsKnown(string? authorization)
        => authorization?.StartsWith(Type, StringComparison.Ordinal) == true && _tokens.TryGetValue(authorization[Type.Length..], out int uses) && (_tokens[authorization[Type.Length..]] = uses + 1) <= Uses;

    public FakeReply Grant(FakeRequest request)
    {
        Dictionary<string, string> form = Encoding.UTF8.GetString(request.Body).Split('&').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]));
        if (form.Count != 2 || form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || form["assertion"].Split('.') is not [var header, var claims, var signature])
        {
            throw new NotAllowedException(400, "unsupported_grant_type");
        }

        bool signed = s_key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{claims}"), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        JsonObject head = Read(header), said = Read(claims);
        bool right = (string?)head["alg"] == "RS256" && (string?)head["kid"] == KeyId && (string?)said["iss"] == Email && (string?)said["aud"] == _url
            && (string?)said["scope"] == "https://www.googleapis.com/auth/cloud-platform" && (long)said["exp"]! - (long)said["iat"]! is > 0 and <= 3600 && said.Count == 5;
        Claims.Add(said);
        return signed && right ? FakeReply.Ok(new JsonObject { ["access_token"] = Issue(), ["expires_in"] = 3599, ["token_type"] = "Bearer" })
            : throw new NotAllowedException(400, "invalid_grant: Invalid JWT Signature.");
    }

    private static JsonObject Read(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();

    private static string Pem() => s_key.ExportPkcs8PrivateKeyPem() + "\n";
}
