using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Aws;

/// <summary>
/// Signs what passes, and gives refusals the shape that the clients above read: <c>{"error":{"message","code"}}</c>, without anything secret. A service that says that
/// our clock is wrong did nothing, so the request is signed once more, by the service's own clock.
/// </summary>
internal sealed class AwsHandler(AwsCredentials who, AwsScope scope, EndpointClock clock, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int LargestRefusal = 1 << 20;

    /// <summary>Services allow five minutes and more; what is nearer cannot be the reason.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(2);

    private long _skew; // ticks that the service's clock is ahead

    private DateTimeOffset Now => clock.Now() + TimeSpan.FromTicks(Interlocked.Read(ref _skew));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        for (bool corrected = false; ; corrected = true)
        {
            DateTimeOffset signed = Now;
            Sign(request, body, signed);
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            await response.Content.LoadIntoBufferAsync(LargestRefusal, cancellationToken).ConfigureAwait(false);
            AwsError error = AwsError.Read(response, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            bool mayBeTime = error.MayBeTime || (error.Code.Length == 0 && response.StatusCode == HttpStatusCode.Forbidden); // to HEAD nothing is said
            if (corrected || !mayBeTime || response.Headers.Date is not { } theirs || (theirs - signed).Duration() < s_tolerance)
            {
                response.Content.Dispose();
                response.Content = Said(error);
                return response;
            }

            Interlocked.Exchange(ref _skew, (theirs - clock.Now()).Ticks);
            response.Dispose();
        }
    }

    private void Sign(HttpRequestMessage request, byte[] body, DateTimeOffset time)
    {
        string payload = SignatureV4.Hash(body);
        var signed = new Dictionary<string, string>
        {
            ["host"] = request.RequestUri!.IsDefaultPort ? request.RequestUri.IdnHost : $"{request.RequestUri.IdnHost}:{request.RequestUri.Port}",
            ["x-amz-content-sha256"] = payload,
            ["x-amz-date"] = SignatureV4.Stamp(time),
        };
        if (who.Token is { } token)
        {
            signed["x-amz-security-token"] = token;
        }

        foreach ((string name, string value) in signed.Where(h => h.Key != "host"))
        {
            Set(name, value);
        }

        foreach (KeyValuePair<string, HeaderStringValues> header in request.Headers.NonValidated)
        {
            if (header.Key.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                signed[header.Key.ToLowerInvariant()] = header.Value.ToString();
            }
        }

        if (request.Content?.Headers.ContentType is { } type)
        {
            signed["content-type"] = type.ToString();
        }

        Set("Authorization", SignatureV4.Authorization(request.Method.Method, request.RequestUri, signed, payload, who, scope, time));

        void Set(string name, string value)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private ByteArrayContent Said(AwsError error)
    {
        // What a quota refuses is no request that is wrong: the clients have a word for it.
        string code = error.Code == "ServiceQuotaExceededException" ? "insufficient_quota" : error.Code;
        string message = who.Hide(string.Join(": ", ((string[])[error.Code, error.Message]).Where(part => part.Length > 0)));
        var said = new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["code"] = code } };
        return new ByteArrayContent(Encoding.UTF8.GetBytes(said.ToJsonString())) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }
}
