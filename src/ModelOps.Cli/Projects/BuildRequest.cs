namespace ModelOps.Cli.Projects;

/// <summary>One call of <c>dotnet msbuild</c>.</summary>
/// <param name="Target">Null: evaluate only.</param>
internal sealed record BuildRequest(string Project, string? Target)
{
    public bool Restore { get; init; } = true;

    /// <summary><c>Name=Value</c>, as a person wrote them.</summary>
    public IReadOnlyList<string> Properties { get; init; } = [];

    /// <summary>MSBuild's words: quiet, minimal, normal, detailed, diagnostic. Null: minimal.</summary>
    public string? Verbosity { get; init; }

    /// <summary>MSBuild's arguments, all but those that say where the log goes.</summary>
    public IReadOnlyList<string> Arguments() =>
    [
        "msbuild",
        Project,
        .. Target is not null && Restore ? new[] { "-restore" } : [],
        .. Target is null ? Array.Empty<string>() : [$"-t:{Target}"],
        "-nologo",
        $"-v:{Verbosity ?? "minimal"}",
        .. Properties.Select(p => $"-p:{p}"),
    ];
}
