using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using ModelOps.Backends.Credentials;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Endpoints;

/// <summary>
/// Asks an endpoint. Requests under way are bounded, limits that the server tells are kept, and what may pass is tried again;
/// what cannot be had is one coded error, after all answers that were under way have come.
/// </summary>
public sealed class ChatEndpoint : IDisposable
{
    private const int LargestReply = 16 << 20;
    private static readonly TimeSpan s_untilKnown = TimeSpan.FromSeconds(30);
    private static readonly string[] s_quotaCodes = ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", ChatWire.QuotaFailure];

    private readonly EndpointOptions _options;
    private readonly EndpointClock _clock;
    private readonly SendGate _gate;
    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly ICredential? _credential;
    private int _withoutUsage;

    /// <param name="environment">Reads an environment variable.</param>
    /// <exception cref="DiagnosticException"><c>MOPS5111</c>: the key's variable is not set.</exception>
    public ChatEndpoint(EndpointOptions options, Func<string, string?> environment)
        : this(options, environment, EndpointClock.System)
    {
    }

    internal ChatEndpoint(EndpointOptions options, Func<string, string?> environment, EndpointClock clock)
    {
        (_options, _clock, _gate) = (options, clock, new SendGate(clock));
        _credential = options.ApiKeyVariable is not { } variable || options.Through is not null ? null
            : environment(variable) is { Length: > 0 } key ? options.Api.Credential(options, key.Trim(), clock) : throw BackendErrors.NoKey(options.Name, variable, null);
        _address = options.Api.Address(options, environment, streamed: false);

        // A redirect would take the key to another server.
        HttpMessageHandler handler = options.Through?.Invoke(environment)
            ?? new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = options.MaxConcurrency, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestReply };
    }

    /// <summary>Answers that came without a count of tokens.</summary>
    public int WithoutUsage => _withoutUsage;

    /// <summary>Asks all questions. Every answer is handed over as soon as it is there, one at a time, in no fixed order.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5112</c> to <c>MOPS5114</c>, after the answers under way have been handed over.</exception>
    public async Task AskAsync(IReadOnlyList<Question> questions, DecodingOptions decoding, Action<AnswerLine> answered, CancellationToken cancellation)
    {
        var waiting = new ConcurrentQueue<Question>(questions);
        using var one = new SemaphoreSlim(1);
        ExceptionDispatchInfo? failure = null;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(_options.MaxConcurrency, questions.Count)).Select(_ => WorkAsync())).ConfigureAwait(false);
        failure?.Throw();

        async Task WorkAsync()
        {
            while (failure is null && waiting.TryDequeue(out Question? question))
            {
                try
                {
                    AnswerLine answer = await AskAsync(question, decoding, cancellation).ConfigureAwait(false);
                    await one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                    try
                    {
                        answered(answer);
                    }
                    finally
                    {
                        one.Release();
                    }
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                }
            }
        }
    }

    public void Dispose()
    {
        (_credential as IDisposable)?.Dispose();
        _client.Dispose();
    }

    private async Task<AnswerLine> AskAsync(Question question, DecodingOptions decoding, CancellationToken cancellation)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(_options.Api.Request(_options, question, decoding, streamed: false), WorkerJson.Options);
        string last = "";
        for (int attempt = 0; attempt < _options.MaxAttempts; attempt++)
        {
            await _gate.PassAsync(cancellation).ConfigureAwait(false);
            long began = Stopwatch.GetTimestamp();
            (ChatReply? reply, last, TimeSpan? asked) = await TryAsync(body, cancellation).ConfigureAwait(false);
            if (reply is not null)
            {
                Interlocked.Add(ref _withoutUsage, reply.HasUsage ? 0 : 1);
                double milliseconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 3);
                return new AnswerLine(question.Id, question.Repeat, reply.Text, reply.PromptTokens, reply.CompletionTokens, reply.Finish, milliseconds);
            }

            if (asked > RetryPolicy.Longest)
            {
                throw BackendErrors.GaveUp(_options.Name, attempt + 1, $"{last}; it asks to wait {asked.Value.TotalSeconds:0} s");
            }

            if (attempt + 1 < _options.MaxAttempts)
            {
                await _clock.Delay(asked ?? RetryPolicy.Backoff(attempt, _clock.Jitter()), cancellation).ConfigureAwait(false);
            }
        }

        throw BackendErrors.GaveUp(_options.Name, _options.MaxAttempts, last);
    }

    /// <summary>One attempt: the reply, or what went wrong and how long the server asks to wait.</summary>
    private async Task<(ChatReply? Reply, string Problem, TimeSpan? Asked)> TryAsync(byte[] body, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            for (bool renewed = false; ; renewed = true)
            {
                using HttpRequestMessage request = await RequestAsync(body, timeout.Token).ConfigureAwait(false);
                using HttpResponseMessage response = await _client.SendAsync(request, timeout.Token).ConfigureAwait(false);
                byte[] said = await response.Content.ReadAsByteArrayAsync(timeout.Token).ConfigureAwait(false);
                _gate.Close(RetryPolicy.Exhausted(response.Headers));
                if (response.IsSuccessStatusCode)
                {
                    return (_options.Api.Reply(said), "", null);
                }

                if (renewed || response.StatusCode != HttpStatusCode.Unauthorized || _credential?.Renew(request) != true)
                {
                    return Failed(response, Encoding.UTF8.GetString(said));
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no answer within {_options.Timeout.TotalSeconds:0.###} s", null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, Hidden(e.Message), null);
        }
        catch (JsonException e)
        {
            return (null, $"an answer that cannot be read ({Hidden(e.Message)})", null);
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(byte[] body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_credential is not null)
        {
            await _credential.AuthorizeAsync(request, cancellation).ConfigureAwait(false);
        }

        return request;
    }

    private (ChatReply? Reply, string Problem, TimeSpan? Asked) Failed(HttpResponseMessage response, string body)
    {
        (string message, string code) = ChatWire.Error(body);
        string said = Hidden(message);
        if (s_quotaCodes.Contains(code, StringComparer.Ordinal))
        {
            throw BackendErrors.NoQuota(_options.Name, said);
        }

        if (_options.IsFresh && response.StatusCode == HttpStatusCode.NotFound)
        {
            return (null, $"status 404: {said}", s_untilKnown);
        }

        if (!RetryPolicy.IsTransient(response))
        {
            throw BackendErrors.Refused(_options.Name, (int)response.StatusCode, said);
        }

        TimeSpan? asked = RetryPolicy.Asked(response.Headers, _clock.Now());
        if (response.StatusCode == HttpStatusCode.TooManyRequests && asked <= RetryPolicy.Longest)
        {
            _gate.Close(asked.Value);
        }

        return (null, $"status {(int)response.StatusCode}: {said}", asked);
    }

    /// <summary>Servers have been seen to repeat the key that they refuse.</summary>
    private string Hidden(string text) => _credential?.Hide(text) ?? text;
}
