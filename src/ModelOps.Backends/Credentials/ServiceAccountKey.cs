using System.Security.Cryptography;
using System.Text.Json;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Credentials;

/// <summary>The key file of a Google service account, as Google's console writes it. The private key is in memory as a key, never as a text that a message could repeat.</summary>
/// <param name="Email">Who it is.</param>
/// <param name="Id">Which of its keys; null when the file does not say.</param>
/// <param name="Project">The project that it belongs to; null when the file does not say.</param>
/// <param name="TokenUrl">Where it signs in.</param>
internal sealed record ServiceAccountKey(string Email, string? Id, string? Project, Uri TokenUrl, RSA PrivateKey) : IDisposable
{
    private const string Type = "service_account";

    /// <param name="path">Value of the variable; never repeated, because somebody may have put the key itself there.</param>
    /// <param name="variable">Name of the environment variable.</param>
    /// <exception cref="DiagnosticException"><c>MOPS3136</c>.</exception>
    public static ServiceAccountKey Read(string path, string variable)
    {
        try
        {
            using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(file.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw GoogleErrors.BadKeyFile(variable, "no file of that name can be read"); // the text of the exception has the value
        }
        catch (JsonException)
        {
            throw GoogleErrors.BadKeyFile(variable, "the file is no JSON");
        }
        catch (InvalidDataException e)
        {
            throw GoogleErrors.BadKeyFile(variable, e.Message);
        }
    }

    public void Dispose() => PrivateKey.Dispose();

    private static ServiceAccountKey Read(JsonElement file)
    {
        if (Text(file, "type") != Type)
        {
            throw new InvalidDataException($"its 'type' is not '{Type}'");
        }

        string tokens = Required(file, "token_uri");
        return !Uri.TryCreate(tokens, UriKind.Absolute, out Uri? url) || url.UserInfo.Length > 0 || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? throw new InvalidDataException("its 'token_uri' is no https address")
            : new ServiceAccountKey(Required(file, "client_email"), Text(file, "private_key_id"), Text(file, "project_id"), url, KeyOf(Required(file, "private_key")));
    }

    private static RSA KeyOf(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new InvalidDataException("its 'private_key' is no RSA key in PEM");
        }
    }

    private static string Required(JsonElement file, string name) => Text(file, name) is { Length: > 0 } text ? text : throw new InvalidDataException($"it has no '{name}'");

    private static string? Text(JsonElement file, string name)
        => file.ValueKind == JsonValueKind.Object && file.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
