using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>What can be wrong with a prompt file; one named method per code.</summary>
public static class PromptErrors
{
    public static DiagnosticException NoFrontMatter(SourceLocation location)
        => Error("MOPS4020", "A prompt file begins with its front matter: a line '---', then 'key: value' lines, then a line '---'.", location);

    public static DiagnosticException NotUnderstood(SourceLocation location, string why)
        => Error("MOPS4021", $"The front matter cannot be read: {why}.", location);

    public static DiagnosticException UnknownKey(SourceLocation location, string key, IReadOnlyList<string> known)
        => Error("MOPS4022", $"The front matter has the key '{ForeignText.Clean(key)}', which means nothing here and is not ignored.{NearMiss.Hint(key, known)} "
            + $"Known: {string.Join(", ", known)}.", location);

    public static DiagnosticException BadValue(SourceLocation location, string key, string expected)
        => Error("MOPS4023", $"'{key}' in the front matter must be {expected}.", location);

    public static DiagnosticException BadBody(SourceLocation location, string why)
        => Error("MOPS4024", $"The prompt has no usable messages: {why}. A message begins with a line that is exactly 'system:', 'user:' or 'assistant:', and the last one is the user's.", location);

    public static DiagnosticException BadPlaceholder(SourceLocation location, string why)
        => Error("MOPS4025", $"The prompt's template cannot be read: {why}. Only {{{{input}}}} and {{{{name of a row field}}}} are replaced; there are no filters, conditions or loops.", location);

    public static DiagnosticException UnknownPlaceholder(SourceLocation location, string name, IReadOnlyList<string> known)
        => Error("MOPS4026", $"'{{{{{ForeignText.Clean(name)}}}}}' names no field of the rows.{ForeignText.Clean(NearMiss.Hint(name, known))} Known: {ForeignText.Clean(string.Join(", ", known))}.", location);

    public static DiagnosticException NoPlaceholder(SourceLocation location)
        => Error("MOPS4027", "The prompt has no placeholder, so every row would get the same question. Put {{input}} where the row's text belongs.", location);

    public static DiagnosticException Unreadable(SourceLocation location, string why)
        => Error("MOPS4028", $"The prompt file cannot be read: {ForeignText.Clean(why)}", location);

    public static DiagnosticException BadAnswerPattern(string pattern, string why, SourceLocation? location)
        => Error("MOPS5101", $"Answer=\"{ForeignText.Clean(pattern)}\" is no regular expression that can be used: {ForeignText.Clean(why)} "
            + "Look-around and back-references are not understood, because the text that it reads is a model's.", location);

    public static DiagnosticException ExampleWithoutField(SourceLocation prompt, string name, string source)
        => Error("MOPS5102", $"The prompt's question uses '{{{{{ForeignText.Clean(name)}}}}}', and not every example of {ForeignText.Clean(source)} has that field, so examples cannot be asked in the same words. "
            + "Give the examples the field, or move the placeholder into a message before the last one.", prompt);

    public static DiagnosticException PassagesWithoutPlace(SourceLocation location, string why)
        => Error("MOPS5104", $"{why} Passages=\"k\" on a prompt puts k passages of the Documents items where the prompt says {{{{documents}}}}; all three belong together.", location);

    private static DiagnosticException Error(string code, string message, SourceLocation? location)
        => new(Diagnostic.Error(code, message, location));
}
