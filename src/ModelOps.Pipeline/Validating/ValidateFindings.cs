using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Validating;

/// <summary>What may be doubtful in a project as a whole: MOPS1054 to MOPS1059, MOPS1064 to MOPS1066.</summary>
internal static class ValidateFindings
{
    public static Diagnostic FewRows(SourceLocation at, int rows, int little, int strong, string method)
        => new("MOPS1054", DiagnosticSeverity.Info, $"The training set has {rows} rows. Under {little} rows '{method}' is known to have little effect, from {strong} on a clear one; a prompt with examples may do as well. Collect more rows, or watch the gain that the gates measure.", at);

    public static Diagnostic UnusualSetting(string name, string value, string usual, string reason, SourceLocation at)
        => new("MOPS1055", DiagnosticSeverity.Info, $"{name} is {value}; usual is {usual}: {reason}. Small models may want other values; the validation loss decides.", at);

    public static Diagnostic NoSourceLicense(SourceLocation at, int unnamed, int files)
        => new("MOPS1056", DiagnosticSeverity.Info, $"{unnamed} of {files} source{(files == 1 ? "" : "s")} name no licence (first: this one), so neither does the package. Say under what terms the rows may be used: <{Names.SourceData} Include=\"…\" {Names.License}=\"CC-BY-4.0\" />.", at);

    public static Diagnostic RowCut(SourceLocation at, int tokens, int limit, int cut, int scored)
        => Diagnostic.Warning("MOPS1064", $"The row has {tokens} tokens, {Names.MaxSequenceLength} is {limit}: {cut} of the {scored} tokens of its answer are cut off, so the model does not learn how it ends. Shorten the row, or raise {Names.MaxSequenceLength}.", at);

    public static Diagnostic AnswerCutOff(SourceLocation at, int tokens, int limit, int scored)
        => Diagnostic.Error("MOPS1065", $"The row has {tokens} tokens, {Names.MaxSequenceLength} is {limit}: all {scored} tokens of its answer are cut off, so there is nothing to learn. Shorten the row, remove it, or raise {Names.MaxSequenceLength}.", at);

    public static Diagnostic NothingScored(SourceLocation at)
        => Diagnostic.Error("MOPS1066", "The chat template of the base model leaves nothing of the row's answer, so there is nothing to learn. Remove the row, or write the answer in the form that the model's template keeps.", at);

    public static Diagnostic NoLicense(SourceLocation at, DatasetKind kind, int unnamed, int files)
        => new("MOPS1056", DiagnosticSeverity.Info, $"{unnamed} of {files} file{(files == 1 ? "" : "s")} of the {kind.Name()} set name no licence (first: this one), so neither does the package. Say under what terms the rows may be used: <{kind.Item()} Update=\"…\" {Names.License}=\"CC-BY-4.0\" />.", at);
}
