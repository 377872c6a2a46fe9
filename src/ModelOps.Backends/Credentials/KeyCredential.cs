using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Credentials;

/// <summary>A key that is sent as it is.</summary>
/// <param name="header">In which header (<see cref="KeyHeaders"/>). Null: a handler below signs with the key, and it is only hidden here.</param>
internal sealed class KeyCredential(string key, Func<string, (string Name, string Value)>? header) : ICredential
{
    public Task AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        if (header is not null)
        {
            (string name, string value) = header(key);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Task.CompletedTask;
    }

    public bool Renew(HttpRequestMessage refused) => false;

    public string Hide(string text) => key.Length > 3 ? text.Replace(key, "***", StringComparison.Ordinal) : text;
}
