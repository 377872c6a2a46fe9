using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli;

/// <summary>The tool's exit codes, in order of precedence where several errors were reported: the last that applies wins. Documented in <c>docs/cli.md</c>.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A gate was missed, or the build failed for a reason that is not ours.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>Data, project or model folder cannot be used.</summary>
    public const int BadInput = 3;

    /// <summary>Training or evaluation broke; says nothing about the model's quality.</summary>
    public const int Broken = 4;

    /// <summary>The machine or the installation failed.</summary>
    public const int Host = 9;

    public const int Cancelled = 130;

    /// <summary>Codes are numbered by stage, and so are exit codes.</summary>
    public static int For(string? code) => code is null || !code.StartsWith("MOPS", StringComparison.Ordinal) ? Failed : code[4..] switch
    {
        "9010" => Usage,
        // What a project says to 'advise'.
        "9020" or "9021" => BadInput,
        // The worker's words about what it was given, not about itself (MOPS3057: a file it could not read or write; MOPS3064: not enough memory).
        "3051" or "3052" or "3053" or "3054" or "3055" or "3058" or "3059" or "3060" or "3061" or "3062" or "3065" => BadInput,
        "3057" or "3064" => Host,
        ['1' or '2', ..] => BadInput,
        ['3' or '4', ..] => Broken,
        ['9', ..] => Host,
        _ => Failed,
    };

    /// <summary>Of a run that reported these errors; <see cref="Failed"/> when there are none, because something failed.</summary>
    public static int For(IEnumerable<Diagnostic> errors) => errors.Select(e => For(e.Code)).DefaultIfEmpty(Failed).Max();
}
