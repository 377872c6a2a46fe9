using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ModelOps.Backends.Credentials;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Runtime.Pointers;

/// <summary>The model of a pointer package: a provider runs it, asked as it was evaluated. Safe for several threads.</summary>
internal sealed class PointerModel : IAnswers
{
    private const int Attempts = 4;

    private readonly HttpClient _client;
    private readonly CancellationTokenSource _closing = new();
    private readonly ModelRuntimeOptions _options;
    private readonly PackageFolder _folder;
    private readonly ModelPointer _pointer;
    private readonly ChatApi _api;
    private readonly EndpointOptions _endpoint;
    private readonly Uri _address;
    private readonly ICredential? _credential;

    /// <exception cref="DiagnosticException"><c>MOPS7160</c>: there is no key; <c>MOPS7161</c>: the package names an address that is not the provider's.</exception>
    public PointerModel(PackageFolder package, ModelRuntimeOptions options)
    {
        (_folder, _options, _pointer) = (package, options, package.Manifest.Pointer!);
        if (options.Endpoint is null && !ProviderEndpoints.IsOwn(_pointer))
        {
            throw new DiagnosticException(PointerErrors.ForeignEndpoint(Manifest.Id, _pointer, package.Folder));
        }

        _api = RemoteTrainers.ApiOf(_pointer.Provider);
        string? variable = options.Endpoint is null ? ProviderEndpoints.KeyVariable(_pointer.Provider) : null;
        _endpoint = new EndpointOptions(Manifest.Id, options.Endpoint ?? new Uri(_pointer.Endpoint), options.ProviderModel ?? _pointer.Model)
        {
            MaxTokensMember = _pointer.MaxTokensMember ?? "max_tokens", ApiKeyVariable = variable, KeyHeader = RemoteTrainers.Find(_pointer.Provider)?.KeyHeader ?? KeyHeaders.Bearer,
        };
        _credential = CredentialOf(options.ApiKey);
        _client = new HttpClient(Network()) { Timeout = Timeout.InfiniteTimeSpan };
        _address = _api.Address(_endpoint, Environment.GetEnvironmentVariable, streamed: true);
    }

    public ModelManifest Manifest => _folder.Manifest;

    /// <summary>Asks, and hands over each piece as it comes. What may pass is tried again as long as no piece has come.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS7162</c>: the provider refuses; <c>MOPS7163</c>: it did not answer, or broke off.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed, before or while it answered.</exception>
    public async Task<ChatAnswer> AnswerAsync(ModelQuestion question, Action<string>? onText, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        using var telemetry = AnswerTelemetry.Start(_folder, question, streams: onText is not null);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        try
        {
            ChatAnswer answer = await AskAsync(question, telemetry, onText, either.Token).ConfigureAwait(false);
            telemetry.Done(answer.PromptTokens, answer.CompletionTokens, answer.IsComplete);
            return answer;
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw telemetry.Failed(new ObjectDisposedException(nameof(ModelChatClient), "The client was disposed while it answered."));
        }
        catch (OperationCanceledException e)
        {
            throw telemetry.Failed(new OperationCanceledException(e.Message, e, cancellation));
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            throw telemetry.Failed(new DiagnosticException(PointerErrors.NoAnswer(Manifest.Id, _pointer.Provider, Hidden(e.Message)), e));
        }
        catch (DiagnosticException e)
        {
            telemetry.Failed(e);
            throw;
        }
    }

    public void Dispose()
    {
        _closing.Cancel();
        (_credential as IDisposable)?.Dispose();
        _client.Dispose();
    }

    private async Task<ChatAnswer> AskAsync(ModelQuestion question, AnswerTelemetry telemetry, Action<string>? onText, CancellationToken cancellation)
    {
        byte[] body = PointerRequest.Of(Manifest, _api, _endpoint, question);
        string last = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var text = new StringBuilder();
            TimeSpan? asked = null;
            try
            {
                (HttpResponseMessage? response, last, asked) = await SendAsync(body, cancellation).ConfigureAwait(false);
                using (response)
                {
                    if (response is not null)
                    {
                        return await ReadAsync(response, text, telemetry, onText, cancellation).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception e) when (text.Length == 0 && (e is HttpRequestException or IOException or JsonException))
            {
                last = Hidden(e.Message);
            }

            if (asked > RetryPolicy.Longest)
            {
                break;
            }

            if (attempt + 1 < Attempts)
            {
                await Task.Delay(asked ?? RetryPolicy.Backoff(attempt, Random.Shared.NextDouble()), cancellation).ConfigureAwait(false);
            }
        }

        throw new DiagnosticException(PointerErrors.NoAnswer(Manifest.Id, _pointer.Provider, last));
    }

    /// <summary>A response that is an answer, or why there is none and how long the provider asks to wait.</summary>
    private async Task<(HttpResponseMessage? Response, string Problem, TimeSpan? Asked)> SendAsync(byte[] body, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(_options.ProviderTimeout);
        try
        {
            for (bool renewed = false; ; renewed = true)
            {
                using HttpRequestMessage request = await RequestAsync(body, timeout.Token).ConfigureAwait(false);
                HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return (response, "", null);
                }

                using (response)
                {
                    if (renewed || response.StatusCode != HttpStatusCode.Unauthorized || _credential?.Renew(request) != true)
                    {
                        (string problem, TimeSpan? asked) = await FailedAsync(response, timeout.Token).ConfigureAwait(false);
                        return (null, problem, asked);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"no answer within {_options.ProviderTimeout.TotalSeconds:0.###} s", null);
        }
    }

    private async Task<ChatAnswer> ReadAsync(HttpResponseMessage response, StringBuilder text, AnswerTelemetry telemetry, Action<string>? onText, CancellationToken cancellation)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        string finish = "stop";
        int asked = 0, said = 0;
        await foreach (ChatPiece piece in ChatStream.ReadAsync(stream, _api, cancellation).ConfigureAwait(false))
        {
            (finish, asked, said) = (piece.Finish ?? finish, piece.PromptTokens ?? asked, piece.CompletionTokens ?? said);
            if (piece.Text is { Length: > 0 } more)
            {
                telemetry.FirstToken();
                text.Append(more);
                onText?.Invoke(more);
            }
        }

        return new ChatAnswer(text.ToString(), finish != "length", asked, said);
    }

    private async Task<(string Problem, TimeSpan? Asked)> FailedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        string said = Hidden(ChatWire.Error(await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)).Message);
        return RetryPolicy.IsTransient(response) ? ($"status {(int)response.StatusCode}: {said}", RetryPolicy.Asked(response.Headers, DateTimeOffset.UtcNow))
            : throw new DiagnosticException(PointerErrors.Refused(Manifest.Id, _pointer.Provider, (int)response.StatusCode, said));
    }

    /// <summary>What carries a question: the network, below what words and signs it where the provider is asked in a way of its own.</summary>
    private HttpMessageHandler Network()
    {
        if (RemoteTrainers.Find(_pointer.Provider) is not { Ask: { } ask } trainer)
        {
            // A redirect would take the key to another server.
            return new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        }

        // To an address that the app names nothing is signed with a key of the environment's.
        string? key = _options.ApiKey ?? (_options.Endpoint is null ? Environment.GetEnvironmentVariable(trainer.KeyVariable) : null);
        return string.IsNullOrWhiteSpace(key) ? throw new DiagnosticException(PointerErrors.NoKey(Manifest.Id, _pointer.Provider, trainer.KeyVariable))
            : ask(new TrainerConnection(_endpoint.Url, trainer.KeyVariable, name => name == trainer.KeyVariable ? key : Environment.GetEnvironmentVariable(name)));
    }

    // A key that the app itself gives is sent as it is; what an environment has may be more than a key.
    private ICredential? CredentialOf(string? given)
    {
        if (RemoteTrainers.Find(_pointer.Provider)?.Ask is not null)
        {
            return null; // It signs, and hides what it signed with.
        }

        if (!string.IsNullOrWhiteSpace(given) || _endpoint.ApiKeyVariable is not { } variable)
        {
            return string.IsNullOrWhiteSpace(given) ? null : new KeyCredential(given.Trim(), _endpoint.KeyHeader);
        }

        string value = Environment.GetEnvironmentVariable(variable)?.Trim() ?? "";
        return value.Length == 0 ? throw new DiagnosticException(PointerErrors.NoKey(Manifest.Id, _pointer.Provider, variable)) : _api.Credential(_endpoint, value, EndpointClock.System);
    }

    private async Task<HttpRequestMessage> RequestAsync(byte[] body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body), Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrHigher };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (_credential is not null)
        {
            await _credential.AuthorizeAsync(request, cancellation).ConfigureAwait(false);
        }

        return request;
    }

    /// <summary>Servers have been seen to repeat the key that they refuse.</summary>
    private string Hidden(string text) => _credential?.Hide(text) ?? text;
}
