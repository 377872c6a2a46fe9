using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Validating;

/// <summary>What may be doubtful in a project as a whole: MOPS1054 to MOPS1059.</summary>
internal static class ValidateFindings
{
    public static Diagnostic FewRows(SourceLocation at, int rows, int little, int strong, string method)
        => new("MOPS1054", DiagnosticSeverity.Info, $"The training set has {rows} rows. Under {little} rows '{method}' is known to have little effect, from {strong} on a clear one; a prompt with examples may do as well. Collect more rows, or watch the gain that the gates measure.", at);

    public static Diagnostic UnusualSetting(string name, string value, string usual, string reason, SourceLocation at)
        => new("MOPS1055", DiagnosticSeverity.Info, $"{name} is {value}; usual is {usual}: {reason}. Small models may want other values; the validation loss decides.", at);

    public static Diagnostic NoSourceLicense(SourceLocation at, int unnamed, int files)
        => new("MOPS1056", DiagnosticSeverity.Info, $"{unnamed} of {files} source{(files == 1 ? "" : "s")} name no licence (first: this one), so neither does the package. Say under what terms the rows may be used: <{Names.SourceData} Include=\"…\" {Names.License}=\"CC-BY-4.0\" />.", at);

    public static Diagnostic NoLicense(SourceLocation at, DatasetKind kind, int unnamed, int files)
        => new("MOPS1056", DiagnosticSeverity.Info, $"{unnamed} of {files} file{(files == 1 ? "" : "s")} of the {kind.Name()} set name no licence (first: this one), so neither does the package. Say under what terms the rows may be used: <{kind.Item()} Update=\"…\" {Names.License}=\"CC-BY-4.0\" />.", at);
}
