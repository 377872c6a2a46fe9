using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>What can be wrong in a project file: MOPS2051 to MOPS2099.</summary>
public static class ConfigurationErrors
{
    public static Diagnostic MisspeltProperty(string name, string meant, SourceLocation? at)
        => Error("MOPS2051", $"The property '{name}' means nothing to ModelOps; '{meant}' was probably meant. Correct the name, or, when it is a property of your own, add it to ModelOpsAllowedProperties.", at);

    public static Diagnostic UnknownMetadata(string item, string include, string name, string? meant, IEnumerable<string> known, SourceLocation? at)
        => Error("MOPS2052", $"The metadata '{name}' on {item} '{include}' means nothing to ModelOps; {(meant is null ? Expected(known) : $"'{meant}' was probably meant")}.", at);

    public static Diagnostic MisspeltItem(string name, string meant, SourceLocation? at)
        => Error("MOPS2053", $"The item '{name}' means nothing to ModelOps; '{meant}' was probably meant. Correct the name, or, when it is an item of your own, add it to ModelOpsAllowedProperties.", at);

    public static Diagnostic InvalidValue(string property, string value, string expected, SourceLocation? at)
        => Error("MOPS2054", $"{property} is '{value}'; expected {expected}.", at);

    public static Diagnostic NoBaseModel(SourceLocation? at)
        => Error("MOPS2055", "The project names no base model. Set the property BaseModel to a Hugging Face model folder, for example <BaseModel>../../models/tiny-base</BaseModel>, or name a package: <BaseModelReference Include=\"BaseModel.SmolLM2-135M\" Version=\"1.0.0\" />.", at);

    public static Diagnostic NoValidationData(string property, SourceLocation? at)
        => Error("MOPS2056", $"{property} chooses by the validation loss, and the project has no ValidationData. Put rows into data/validation/*.jsonl, or remove the property.", at);

    public static Diagnostic UnknownSeverity(string code, string value, SourceLocation at)
        => Diagnostic.Warning("MOPS1060", $"'{ForeignText.Clean(value, 40)}' is no severity, so {code} keeps its own; expected error, warning, suggestion, silent, none or default.", at);

    public static Diagnostic SeverityIsFixed(string code, SourceLocation at)
        => Diagnostic.Warning("MOPS1063", $"{code} stays an error: what it reports makes a row unusable or a score worthless. Remove the line, and repair the data.", at);

    public static Diagnostic InvalidItem(string type, string include, string name, string? value, string expected, SourceLocation? at)
        => Error("MOPS5100", $"{type} '{ForeignText.Clean(include)}': {name} is {(value is null ? "missing" : $"'{ForeignText.Clean(value)}'")}; expected {expected}.", at);

    private static string Expected(IEnumerable<string> known)
        => known.Any() ? $"it understands {string.Join(", ", known)}" : "it understands none";

    private static Diagnostic Error(string code, string message, SourceLocation? at)
        => Diagnostic.Error(code, message, at is { File: null } ? null : at);
}
