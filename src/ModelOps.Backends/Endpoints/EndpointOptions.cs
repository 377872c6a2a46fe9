using ModelOps.Core.Evaluation;

namespace ModelOps.Backends.Endpoints;

/// <summary>Where a model answers; unless <see cref="Api"/> says otherwise an OpenAI-compatible endpoint for chat completions.</summary>
/// <param name="Name">For people, and in reports.</param>
/// <param name="Url">Absolute, up to and with the version: <c>https://host/v1</c>.</param>
/// <param name="Model">What the server calls the model.</param>
public sealed record EndpointOptions(string Name, Uri Url, string Model)
{
    /// <summary>How it is asked.</summary>
    public ChatApi Api { get; init; } = ChatApi.OpenAi;

    /// <summary>Name of the environment variable with the key; null: no key is sent. The key itself is never kept, logged or written.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>The header in which the key travels.</summary>
    public Func<string, (string Name, string Value)> KeyHeader { get; init; } = KeyHeaders.Bearer;

    /// <summary>Requests under way at the same time, 1 or more.</summary>
    public int MaxConcurrency { get; init; } = 4;

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Attempts per question, the first one included.</summary>
    public int MaxAttempts { get; init; } = 8;

    /// <summary>The request's member for the longest answer; some servers want <c>max_completion_tokens</c>.</summary>
    public string MaxTokensMember { get; init; } = "max_tokens";

    /// <summary>Between this client and a server that is asked in another way, given what reads environment variables; it sends the key itself. Null: none is needed.</summary>
    public Func<Func<string, string?>, HttpMessageHandler>? Through { get; init; }

    /// <summary>The model was deployed a moment ago: a server that does not know it yet (404) is asked again.</summary>
    public bool IsFresh { get; init; }

    /// <summary>Null: nothing is charged.</summary>
    public TokenPrice? Price { get; init; }

    internal Uri Completions
    {
        get
        {
            const string Path = "/chat/completions";
            var address = new UriBuilder(Url);
            string path = address.Path.TrimEnd('/');
            address.Path = path.EndsWith(Path, StringComparison.Ordinal) ? path : path + Path;
            return address.Uri;
        }
    }
}
