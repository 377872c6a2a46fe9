using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Credentials;

/// <summary>
/// Signs in with a Google service account: a statement signed with its private key (RFC 7523, RS256) is given for a token of an hour, which is kept until a
/// minute before its end. The private key never leaves this machine.
/// </summary>
internal sealed class ServiceAccount(ServiceAccountKey key, HttpClient client, EndpointClock clock) : ICredential, IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform", Grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static readonly TimeSpan s_life = TimeSpan.FromHours(1), s_margin = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentBag<string> _secrets = []; // all that were ever sent: an answer to an older request may repeat an older one
    private string _token = "";
    private DateTimeOffset _ends;

    public ServiceAccountKey Key => key;

    public async Task AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_token.Length == 0 || clock.Now() >= _ends)
            {
                await SignInAsync(cancellation).ConfigureAwait(false);
            }

            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_token}");
        }
        finally
        {
            _one.Release();
        }
    }

    public bool Renew(HttpRequestMessage refused)
    {
        _one.Wait();
        try
        {
            // Another request may have renewed it meanwhile.
            _token = refused.Headers.TryGetValues("Authorization", out IEnumerable<string>? sent) && sent.First() == $"Bearer {_token}" ? "" : _token;
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    public string Hide(string text)
    {
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    public void Dispose()
    {
        key.Dispose();
        client.Dispose();
        _one.Dispose();
    }

    private async Task SignInAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = clock.Now();
        string statement = Statement(now);
        _secrets.Add(statement);
        using var form = new FormUrlEncodedContent([new("grant_type", Grant), new("assertion", statement)]);
        using HttpResponseMessage response = await client.PostAsync(key.TokenUrl, form, cancellation).ConfigureAwait(false);
        string said = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            (string message, _) = SignInError(said);
            throw RetryPolicy.IsTransient(response) ? new HttpRequestException($"signing in ended with status {(int)response.StatusCode}: {Hide(message)}")
                : GoogleErrors.SignInRefused(key.Email, (int)response.StatusCode, Hide(message));
        }

        (_token, _ends) = TokenOf(said, now);
        _secrets.Add(_token);
    }

    private static (string Token, DateTimeOffset Ends) TokenOf(string said, DateTimeOffset now)
    {
        try
        {
            using JsonDocument reply = JsonDocument.Parse(said);
            string token = reply.RootElement.GetProperty("access_token").GetString() is { Length: > 0 } text ? text : throw new JsonException("it is empty");
            TimeSpan life = reply.RootElement.TryGetProperty("expires_in", out JsonElement seconds) && seconds.TryGetInt32(out int whole) ? TimeSpan.FromSeconds(whole) : s_life;
            return (token, now + life - s_margin);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "signing in gave an answer without a token");
        }
    }

    // OAuth's errors are {"error":"invalid_grant","error_description":"…"}.
    private static (string Message, string Code) SignInError(string said)
    {
        try
        {
            using JsonDocument reply = JsonDocument.Parse(said);
            return reply.RootElement.TryGetProperty("error_description", out JsonElement text) && text.GetString() is { } description ? (description, "") : ChatWire.Error(said);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ChatWire.Error(said);
        }
    }

    private string Statement(DateTimeOffset now)
    {
        long from = now.ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT" };
        if (key.Id is { } id)
        {
            header["kid"] = id;
        }

        var claims = new JsonObject { ["iss"] = key.Email, ["scope"] = Scope, ["aud"] = key.TokenUrl.AbsoluteUri, ["iat"] = from, ["exp"] = from + (long)s_life.TotalSeconds };
        string signed = $"{Encoded(header)}.{Encoded(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.PrivateKey.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encoded(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
}
