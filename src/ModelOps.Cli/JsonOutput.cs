using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli;

/// <summary>What <c>--json</c> prints: one indented object; shapes in <c>docs/cli.md</c>.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(object value) => JsonSerializer.Serialize(value, s_options);

    public static object Diagnostic(Diagnostic diagnostic) => new
    {
        code = diagnostic.Code,
        severity = diagnostic.Severity.ToString().ToLowerInvariant(),
        message = diagnostic.Message,
        file = diagnostic.Location?.File,
        line = diagnostic.Location is { Line: > 0 } at ? at.Line : (int?)null,
        column = diagnostic.Location is { Column: > 0 } place ? place.Column : (int?)null,
    };
}
