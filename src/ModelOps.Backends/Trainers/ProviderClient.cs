using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Credentials;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Trainers;

/// <summary>How one request ended.</summary>
internal enum ReplyKind
{
    Done,

    /// <summary>The provider will say the same again.</summary>
    Refused,

    /// <summary>It was certainly not carried out, and may be later.</summary>
    NotCarriedOut,

    /// <summary>It was carried out, or not.</summary>
    InDoubt,
}

/// <param name="Status">0: no answer came.</param>
/// <param name="Said">For people, without the key.</param>
/// <param name="Code">The provider's own code of an error; empty for none.</param>
/// <param name="Wait">How long the provider asks to wait.</param>
internal sealed record Reply(ReplyKind Kind, int Status, JsonElement Body, string Said, string Code, TimeSpan? Wait);

/// <summary>
/// JSON over HTTP to one provider. <see cref="SendAsync"/> repeats what failed and may pass; <see cref="SendOnceAsync"/> never does and says what is certain.
/// The key goes into a request and nowhere else: whatever a server repeats of it is hidden.
/// </summary>
internal sealed class ProviderClient : IDisposable
{
    private const int MaxAttempts = 6, LargestReply = 64 << 20;
    private static readonly string[] s_quotaCodes = ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "insufficient_credits", ChatWire.QuotaFailure];
    private readonly TrainerConnection _connection;
    private readonly ICredential _credential;
    private readonly HttpClient _client;

    /// <param name="credential">Null: the variable's value is a bearer token.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: the key's variable is not set.</exception>
    public ProviderClient(string trainer, TrainerConnection connection, ICredential? credential = null)
    {
        (Trainer, _connection) = (trainer, connection);
        _credential = credential ?? new KeyCredential(connection.Key(trainer), KeyHeaders.Bearer);
        _client = connection.NewClient(LargestReply);
    }

    public string Trainer { get; }

    public EndpointClock Clock => _connection.Clock;

    public void Dispose() => _client.Dispose();

    /// <summary>Repeats what may pass. Only for what may be carried out twice.</summary>
    /// <param name="what">For messages: <c>the list of jobs</c>.</param>
    /// <param name="missing">404 is an answer, and comes back as <see cref="ReplyKind.Refused"/>.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException">It is refused, or nobody answers.</exception>
    public async Task<Reply> SendAsync(string what, Func<HttpRequestMessage> request, CancellationToken cancellation, bool missing = false)
    {
        for (int attempt = 0; ; attempt++)
        {
            Reply reply = await SendOnceAsync(what, request, cancellation).ConfigureAwait(false);
            if (reply.Kind == ReplyKind.Done || (missing && reply.Status == (int)HttpStatusCode.NotFound))
            {
                return reply;
            }

            if (reply.Kind == ReplyKind.Refused)
            {
                throw TrainerErrors.Refused(Trainer, what, reply.Status, reply.Said);
            }

            if (attempt + 1 >= MaxAttempts || reply.Wait > RetryPolicy.Longest)
            {
                throw TrainerErrors.GaveUp(Trainer, what, reply.Said);
            }

            await Clock.Delay(reply.Wait ?? RetryPolicy.Backoff(attempt, Clock.Jitter()), cancellation).ConfigureAwait(false);
        }
    }

    public Task<Reply> GetAsync(string what, string path, CancellationToken cancellation, bool missing = false)
        => SendAsync(what, () => Request(HttpMethod.Get, path), cancellation, missing);

    public Task<Reply> PostAsync(string what, string path, JsonNode? body, CancellationToken cancellation, bool missing = false)
        => SendAsync(what, () => Request(HttpMethod.Post, path, body), cancellation, missing);

    /// <summary>Cancels a job; one that is over cannot be, and that it is over is what was wanted.</summary>
    public async Task CancelJobAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await PostAsync("a job's cancellation", path, null, cancellation, missing: true).ConfigureAwait(false);
        }
        catch (Core.Diagnostics.DiagnosticException refused) when (refused.Diagnostic.Code == TrainerErrors.RefusedCode)
        {
        }
    }

    /// <summary>One attempt.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3109</c>: no quota is left.</exception>
    public async Task<Reply> SendOnceAsync(string what, Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(_connection.Timeout);
        bool sent = false;
        try
        {
            for (bool renewed = false; ; renewed = true)
            {
                using HttpRequestMessage request = make();
                await _credential.AuthorizeAsync(request, timeout.Token).ConfigureAwait(false);
                sent = true;
                using HttpResponseMessage response = await _client.SendAsync(request, timeout.Token).ConfigureAwait(false);
                byte[] said = await response.Content.ReadAsByteArrayAsync(timeout.Token).ConfigureAwait(false);
                if (renewed || response.StatusCode != HttpStatusCode.Unauthorized || !_credential.Renew(request))
                {
                    return response.IsSuccessStatusCode ? Done(response, said) : Failed(response, Encoding.UTF8.GetString(said));
                }

                sent = false; // whoever was not let in has done nothing
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Broken(sent, $"no answer to {what} within {_connection.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            bool connected = (e as HttpRequestException)?.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
            return Broken(sent && connected, Hidden(e.Message));
        }
    }

    /// <summary>Streams an answer to a file; what of it came before a failure is of no use.</summary>
    /// <returns>The answer's content type.</returns>
    public Task<string> DownloadAsync(string what, string path, string file, CancellationToken cancellation) => DownloadAsync(what, Address(path), signed: false, file, cancellation);

    /// <summary>From a signed address, which is its own permission: the key is not sent there.</summary>
    /// <inheritdoc cref="DownloadAsync(string, string, string, CancellationToken)"/>
    public Task<string> DownloadAsync(string what, Uri signed, string file, CancellationToken cancellation) => DownloadAsync(what, signed, signed: true, file, cancellation);

    private async Task<string> DownloadAsync(string what, Uri address, bool signed, string file, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            Reply reply = await DownloadOnceAsync(what, address, signed, file, cancellation).ConfigureAwait(false);
            if (reply.Kind == ReplyKind.Done)
            {
                return reply.Said;
            }

            if (reply.Kind == ReplyKind.Refused)
            {
                throw TrainerErrors.Refused(Trainer, what, reply.Status, reply.Said);
            }

            if (attempt + 1 >= MaxAttempts)
            {
                throw TrainerErrors.GaveUp(Trainer, what, reply.Said);
            }

            await Clock.Delay(reply.Wait ?? RetryPolicy.Backoff(attempt, Clock.Jitter()), cancellation).ConfigureAwait(false);
        }
    }

    public HttpRequestMessage Request(HttpMethod method, string path, JsonNode? body = null)
    {
        var request = new HttpRequestMessage(method, Address(path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return request;
    }

    public Uri Address(string path) => new(_connection.Url.AbsoluteUri.TrimEnd('/') + path);

    private async Task<Reply> DownloadOnceAsync(string what, Uri address, bool signed, string file, CancellationToken cancellation)
    {
        // A download may take long; it may not stand still for long.
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_connection.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (!signed)
            {
                await _credential.AuthorizeAsync(request, silence.Token).ConfigureAwait(false);
            }

            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return Failed(response, await response.Content.ReadAsStringAsync(silence.Token).ConfigureAwait(false));
            }

            long length = await CopyAsync(response.Content, file, silence).ConfigureAwait(false);
            return response.Content.Headers.ContentLength is { } said && said != length ? Doubt($"{what} ended after {length} of {said} bytes")
                : new Reply(ReplyKind.Done, (int)response.StatusCode, default, response.Content.Headers.ContentType?.MediaType ?? "", "", null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Doubt($"{what} stood still for {_connection.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Doubt(Hidden(e.Message));
        }
    }

    private async Task<long> CopyAsync(HttpContent content, string file, CancellationTokenSource silence)
    {
        byte[] block = new byte[1 << 17];
        long length = 0;
        using Stream source = await content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        using var target = new FileStream(file, FileMode.Create, FileAccess.Write);
        while (await source.ReadAsync(block, silence.Token).ConfigureAwait(false) is > 0 and var read)
        {
            silence.CancelAfter(_connection.Timeout);
            await target.WriteAsync(block.AsMemory(0, read), silence.Token).ConfigureAwait(false);
            length += read;
        }

        return length;
    }

    private Reply Done(HttpResponseMessage response, byte[] said)
    {
        try
        {
            return new Reply(ReplyKind.Done, (int)response.StatusCode, said.Length == 0 ? default : JsonElement.Parse(said), "", "", null);
        }
        catch (JsonException e)
        {
            return Doubt($"an answer that is no JSON ({Hidden(e.Message)})");
        }
    }

    private Reply Failed(HttpResponseMessage response, string body)
    {
        (string message, string code) = ChatWire.Error(body);
        string said = Hidden(message);
        if (s_quotaCodes.Contains(code, StringComparer.Ordinal) || response.StatusCode == HttpStatusCode.PaymentRequired)
        {
            throw TrainerErrors.NoQuota(Trainer, said);
        }

        TimeSpan? wait = RetryPolicy.Asked(response.Headers, Clock.Now());
        ReplyKind kind = response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => ReplyKind.NotCarriedOut,
            HttpStatusCode.ServiceUnavailable when wait is not null => ReplyKind.NotCarriedOut,
            _ => RetryPolicy.IsTransient(response) ? ReplyKind.InDoubt : ReplyKind.Refused,
        };
        return new Reply(kind, (int)response.StatusCode, default, kind == ReplyKind.Refused ? said : $"status {(int)response.StatusCode}: {said}", code, wait);
    }

    private static Reply Doubt(string said) => Broken(sent: true, said);

    private static Reply Broken(bool sent, string said) => new(sent ? ReplyKind.InDoubt : ReplyKind.NotCarriedOut, 0, default, said, "", null);

    /// <summary>Servers have been seen to repeat the key that they refuse.</summary>
    private string Hidden(string text) => _credential.Hide(text);
}
