namespace ModelOps.Backends.Credentials;

/// <summary>What permits requests to one server. It stands in requests and nowhere else: whatever a server repeats of it is hidden. Safe for several threads.</summary>
internal interface ICredential
{
    /// <summary>Puts the permission into a request that is otherwise complete.</summary>
    /// <exception cref="HttpRequestException">It cannot be had now.</exception>
    /// <exception cref="Core.Diagnostics.DiagnosticException">It cannot be had.</exception>
    Task AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellation);

    /// <summary>The server refused a request with status 401, so it carried nothing out.</summary>
    /// <returns>True: there may be a fresh permission, and the request may be sent once more.</returns>
    bool Renew(HttpRequestMessage refused);

    /// <summary>A text of a server without the secrets.</summary>
    string Hide(string text);
}
