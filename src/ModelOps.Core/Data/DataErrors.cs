using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Core.Data;

/// <summary>The data's diagnostics, MOPS1001–1999: one method per situation.</summary>
public static class DataErrors
{
    public static Diagnostic Json(JsonProblemKind kind, SourceLocation at, string detail) => kind switch
    {
        JsonProblemKind.InvalidUtf8 => InvalidUtf8(at, detail),
        JsonProblemKind.LoneSurrogate => LoneSurrogate(at, detail),
        JsonProblemKind.DuplicateKey => DuplicateKey(at, detail),
        JsonProblemKind.NumberTooLarge => NumberTooLarge(at, detail),
        JsonProblemKind.TooDeep => TooDeep(at, detail),
        _ => InvalidJson(at, detail),
    };

    public static Diagnostic InvalidJson(SourceLocation at, string detail)
        => Error("MOPS1001", $"The line is not valid JSON: {detail}. A dataset is JSON Lines: one complete JSON object per line.", at);

    public static Diagnostic NotAnObject(SourceLocation at, JsonKind kind)
        => Error("MOPS1002", $"The row is a JSON {Word(kind)}; expected an object such as {{\"messages\":[…]}}. A file that is one JSON array must be rewritten as one object per line.", at);

    public static Diagnostic NoMessages(SourceLocation at, string found)
        => Error("MOPS1003", $"The row has no messages ({found}); expected {{\"messages\":[…]}} with at least a user and an assistant message, or {{\"prompt\":…,\"completion\":…}}.", at);

    public static Diagnostic AmbiguousRow(SourceLocation at, bool pair)
        => Error("MOPS1004", $"The row has {(pair ? "the properties of a preference pair and also those of another shape" : "'messages' and also 'prompt' or 'completion'")}, so it is not clear which one to train on; keep one of the two shapes.", at);

    public static Diagnostic UnknownRole(SourceLocation at, string role)
        => Error("MOPS1005", $"Unknown role '{ForeignText.Clean(role, 40)}'; expected 'system', 'user', 'assistant' or 'tool'.", at);

    public static Diagnostic WrongOrder(SourceLocation at, string detail)
        => Error("MOPS1006", $"The messages are in an order that no conversation has: {detail}. Expected: an optional system message, then user and assistant messages, an assistant message last.", at);

    public static Diagnostic NoAssistantTurn(SourceLocation at, string lastRole)
        => Error("MOPS1007", $"The row does not end with an assistant message (its last message is '{ForeignText.Clean(lastRole, 40)}'), so there is no answer to learn or to compare with; add the answer or remove the row.", at);

    public static Diagnostic EmptyAnswer(SourceLocation at)
        => Error("MOPS1008", "The assistant's message is empty or only white space; a model trained on it learns to say nothing. Write the answer or remove the row.", at);

    public static Diagnostic UnsupportedContent(SourceLocation at, string found)
        => Error("MOPS1009", $"The content is {ForeignText.Clean(found, 60)}; only text is supported: \"content\":\"…\".", at);

    public static Diagnostic InvalidUtf8(SourceLocation at, string detail)
        => Error("MOPS1010", $"The file is not UTF-8: {detail}. Save it as UTF-8.", at);

    public static Diagnostic ControlCharacter(SourceLocation at, int character)
        => Error("MOPS1011", $"The text has the control character U+{character:X4}, which is no part of any language and usually comes from a broken export; only tab and line breaks are allowed. Remove it.", at);

    public static Diagnostic InvalidMessage(SourceLocation at, string detail)
        => Error("MOPS1012", $"Not a message: {detail}. Expected {{\"role\":\"user\",\"content\":\"…\"}}.", at);

    public static Diagnostic UnsupportedMessageProperty(SourceLocation at, string name)
        => Error("MOPS1013", $"The message has the property '{ForeignText.Clean(name, 40)}', which would not reach the model; only 'role' and 'content' are supported. Remove it, or write what it says into the content.", at);

    public static Diagnostic EmptyDataset(DatasetKind kind, IReadOnlyCollection<string> files)
        => Error("MOPS1014", $"The {kind.Name()} set has no rows ({(files.Count == 0 ? "no file" : $"{files.Count} file{(files.Count == 1 ? "" : "s")} without a row")}). Put rows into data/{kind.Folder()}/*.jsonl or list files as <{kind.Item()} Include=\"…\" />.",
            files.Count > 0 ? new SourceLocation(files.First()) : null);

    public static Diagnostic Leakage(SourceLocation evaluation, SourceLocation training, DatasetKind kind, DatasetKind leakedInto, bool sameRow)
        => Error("MOPS1015", $"This row of the {kind.Name()} set is also in the {leakedInto.Name()} set at {training}: {(sameRow ? "the same row" : "the same question")}. A score on rows that were trained on proves nothing; remove one of the two.", evaluation);

    public static Diagnostic ToolsAreNotRendered(SourceLocation at, string property, int rows)
        => Warning("MOPS1016", $"{rows} row{(rows == 1 ? " has" : "s have")} '{property}' (first here); it is part of the dataset's identity, but the chat template does not get to see it yet.", at);

    public static Diagnostic DuplicateKey(SourceLocation at, string detail)
        => Error("MOPS1017", $"{Sentence(detail)}; readers disagree on which value counts. Keep one.", at);

    public static Diagnostic NumberTooLarge(SourceLocation at, string detail)
        => Error("MOPS1018", $"{Sentence(detail)}; programs would read it as infinity or fail. Write it as a string.", at);

    public static Diagnostic TooDeep(SourceLocation at, string detail)
        => Error("MOPS1019", $"{Sentence(detail)}; flatten the value.", at);

    public static Diagnostic LoneSurrogate(SourceLocation at, string detail)
        => Error("MOPS1020", $"{Sentence(detail)}. It usually comes from text that was cut in the middle of an emoji; repair the text.", at);

    public static Diagnostic MoreProblems(int more, int files)
        => Error("MOPS1021", $"{more} more problem{(more == 1 ? "" : "s")} in {files} file{(files == 1 ? "" : "s")} not shown; problems.txt under the project's obj/modelops has them all. Repair the first ones and build again.");

    public static Diagnostic Unreadable(SourceLocation at, string detail)
        => Error("MOPS1022", $"The dataset file cannot be read: {detail}", at);

    public static Diagnostic LfsPointer(SourceLocation at)
        => Error("MOPS1023", "The file is a Git LFS pointer, not the data. Run 'git lfs pull' (in CI: check out with LFS).", at);

    public static Diagnostic ValidationOverlap(SourceLocation at, SourceLocation training, int rows, int total)
        => Warning("MOPS1024", $"{rows} of {total} validation rows are also in the training set (first: {training}), so the validation loss looks better than it is. Remove them from one of the two.", at);

    public static Diagnostic ManifestUnreadable(SourceLocation at, string detail)
        => Error("MOPS1025", $"The dataset manifest cannot be used: {detail}. Delete the file; the next build writes it again.", at);

    public static Diagnostic IncompletePair(SourceLocation at, string detail)
        => Error("MOPS1026", $"The row is no complete preference pair: {detail}. Expected {{\"prompt\":…,\"chosen\":…,\"rejected\":…}}, two whole conversations {{\"chosen\":[…],\"rejected\":[…]}} that begin alike, or {{\"input\":{{\"messages\":[…]}},\"preferred_output\":[…],\"non_preferred_output\":[…]}}.", at);

    public static Diagnostic SameAnswers(SourceLocation at)
        => Error("MOPS1027", "The preferred and the other answer are the same, so the pair says nothing about which one is better. Correct one of them or remove the row.", at);

    public static Diagnostic MixedShapes(SourceLocation at, DatasetKind kind, RowShape found, SourceLocation first, RowShape expected)
        => Error("MOPS1028", $"The {kind.Name()} set mixes {expected.Plural()} (as at {first}) and {found.Plural()} (first here). A model learns from one of the two at a time: keep one shape, and move the other rows to a project of their own.", at);

    public static Diagnostic WrongShape(SourceLocation at, DatasetKind kind, RowShape found, RowShape expected, string reason)
        => Error("MOPS1029", $"The {kind.Name()} set has {found.Plural()}, but {reason}; expected {expected.Plural()}.", at);

    public static Diagnostic CallWithoutResult(SourceLocation at)
        => Error("MOPS1033", "The message calls a tool, and no message of the tool follows: the model would learn to go on without the result. Add the tool's message, or remove the call.", at);

    public static Diagnostic ResultWithoutCall(SourceLocation at, string previous)
        => Error("MOPS1034", $"The tool's message follows a message of '{previous}': nobody called the tool. Add the assistant's message that calls it, or remove this one.", at);

    private static string Sentence(string detail) => char.ToUpperInvariant(detail[0]) + detail[1..];

    private static string Word(JsonKind kind) => kind switch
    {
        JsonKind.True or JsonKind.False => "boolean",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
