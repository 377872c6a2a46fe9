using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>What can go wrong where rows are made of logs, drafts, reviews and documents: MOPS1130 to MOPS1179.</summary>
public static class MakingErrors
{
    public static Diagnostic NoExchange(SourceLocation at, string detail)
        => Diagnostic.Error("MOPS1130", $"The line is no question with its answer: {ForeignText.Clean(detail, 200)}. docs/making-data.md has the shapes of logs that are read, for example {{\"request\":{{\"messages\":[…]}},\"response\":{{\"choices\":[…]}},\"feedback\":\"up\"}}.", at);

    public static Diagnostic NoFeedback(SourceLocation at, string found)
        => Diagnostic.Error("MOPS1131", $"{ForeignText.Clean(found, 60)} is no feedback; expected up or down (also 1 and -1, true and false), or an object with 'rating' and 'correction'. Map what your system writes, a number of stars for example, to one of them first.", at);

    public static DiagnosticException PersonalData(SourceLocation at, int rows, bool secrets)
        => Error("MOPS1132", $"{(rows == 1 ? "1 row holds" : $"{rows} rows hold")} {(secrets ? "secrets or personal data" : "personal data")} (the warnings above, first here); nothing was written. Clean the source, or leave these rows out with --personal-data drop"
            + (secrets ? "." : ", or take them with --personal-data allow."), at);

    public static DiagnosticException NotOurs(string file)
        => Error("MOPS1133", "The file has rows that were not made by this command, or that somebody changed since, so it is not overwritten. Name another file with --output, or delete this one.", new SourceLocation(file));

    public static DiagnosticException NothingMade(string source, IReadOnlyDictionary<string, int> passedOver)
        => Error("MOPS1134", $"No row can be made of this: {(passedOver.Count == 0 ? "there is nothing in it" : string.Join(", ", passedOver.Select(p => $"{p.Value} {p.Key}")))}. Nothing was written.", new SourceLocation(source));

    public static Diagnostic Unreviewed(string file, int rows)
        => Diagnostic.Warning("MOPS1135", $"{(rows == 1 ? "1 row" : $"{rows} rows")} of this file {(rows == 1 ? "was" : "were")} reviewed by nobody: --unreviewed asked for that, and lineage says so. A model repeats what it is shown, mistakes included; have them reviewed before anything is released.", new SourceLocation(file));

    public static Diagnostic FeedbackWithoutExchange(SourceLocation at, int count)
        => Diagnostic.Warning("MOPS1136", $"{count} lines of feedback (first here) name an exchange that is not in these logs, so they count for nothing. Give the logs of that time as well.", at);

    public static DiagnosticException NotASheet(SourceLocation at, string detail)
        => Error("MOPS1137", $"The file is no sheet of this command: {ForeignText.Clean(detail, 200)}. Expected a CSV file that it wrote, with its header; a deleted sheet is written anew.", at);

    public static DiagnosticException BadDecision(SourceLocation at, string said, string expected)
        => Error("MOPS1138", $"'{ForeignText.Clean(said, 60)}' is no decision; expected {expected}, or an empty cell.", at);

    public static DiagnosticException Disagreement(SourceLocation at, SourceLocation other, string item)
        => Error("MOPS1139", $"The answer {ForeignText.Clean(item, 40)} was corrected in two ways, here and at {other}. Agree on one text and write it into both, or leave one of the cells empty.", at);

    public static DiagnosticException UnreadableFile(string file, string detail)
        => Error("MOPS1144", $"The file cannot be read: {ForeignText.Clean(detail, 200)} Expected text in UTF-8.", new SourceLocation(file));

    public static DiagnosticException BadProvenance(string file, string detail)
        => Error("MOPS1145", $"The file does not say where rows came from: {ForeignText.Clean(detail, 200)}. It is written by 'dotnet modelops import' and never by hand; make the rows again, or delete it when they are your own by now.", new SourceLocation(file));

    public static Diagnostic MoreProblems(int more) => Diagnostic.Error("MOPS1146", $"{more} more problems are not shown. Nothing was written.");

    public static Diagnostic NoQuestion(SourceLocation at, string detail)
        => Diagnostic.Error("MOPS1147", $"The line is no question: {ForeignText.Clean(detail, 200)}. Expected {{\"question\":\"…\"}} or {{\"messages\":[…]}} that ends with the user's message, and, where they are known, 'answer', 'citation', 'document' and 'slice'.", at);

    public static Diagnostic NotCited(SourceLocation at, string detail)
        => Diagnostic.Error("MOPS1150", $"The answer's citation cannot be found: {ForeignText.Clean(detail, 300)}. A citation is copied word for word from one passage (at most {Evaluation.Prompts.PassageIndex.PassageWords} words that stand together); correct it, or leave 'answer' out and have it drafted.", at);

    public static Diagnostic NoPassage(SourceLocation at, string detail)
        => Diagnostic.Error("MOPS1151", $"No passage of the documents answers this question: {ForeignText.Clean(detail, 200)}. Add the document, or remove the question.", at);

    public static DiagnosticException TooFewPassages(string file, int passages, int distractors)
        => Error("MOPS1152", $"The documents have {passages} passages, and a question needs its own and {distractors} others. Give more documents, or fewer --distractors.", new SourceLocation(file));

    public static Diagnostic DraftsNotCited(SourceLocation at, int count, int all)
        => Diagnostic.Warning("MOPS1153", $"{count} of {all} drafts (first for this question) quote nothing that stands in their passage, so they are left out: an answer that makes its source up must not be learned. Another model, or --instructions of your own, may do better.", at);

    public static Diagnostic NeedsDraft(SourceLocation at)
        => Diagnostic.Error("MOPS1154", "The question has no answer. Give 'answer' and 'citation', or name a model that drafts answers with --endpoint.", at);

    public static DiagnosticException OverBudget(string project, string endpoint, decimal estimate, string currency, decimal budget)
        => Error("MOPS1155", FormattableString.Invariant($"Drafts by {ForeignText.Clean(endpoint, 60)} are estimated to cost {estimate:0.0000} {currency}, and ModelOpsBudget is {budget:0.####}. Nothing was sent. ")
            + FormattableString.Invariant($"Set ModelOpsBudget to what they may cost, for example -p ModelOpsBudget={Math.Ceiling(estimate * 100) / 100:0.00}, or ask less."), new SourceLocation(project));

    public static Diagnostic DraftsLost(string project, string endpoint, int lost, int all, int longest)
        => Diagnostic.Warning("MOPS1156", $"{lost} of {all} drafts by {ForeignText.Clean(endpoint, 60)} are empty or were cut at {longest} tokens, so they are left out. Raise --max-new-tokens, or ask for shorter answers.", new SourceLocation(project));

    public static DiagnosticException NoSuchEndpoint(string project, string name, IEnumerable<string> known)
        => Error("MOPS1157", $"The project has no ModelEndpoint '{ForeignText.Clean(name, 60)}'.{Evaluation.NearMiss.Hint(name, known)} Known: {(known.Any() ? ForeignText.Clean(string.Join(", ", known)) : "none")}.", new SourceLocation(project));

    public static DiagnosticException NoSuchQuestion(string file, string name, IEnumerable<string> known)
        => Error("MOPS1160", $"The ratings have no question '{ForeignText.Clean(name, 60)}' whose values have an order. Known: {(known.Any() ? ForeignText.Clean(string.Join(", ", known)) : "none")}.", new SourceLocation(file));

    public static Diagnostic HeldOutPairs(string file, int pairs)
        => Diagnostic.Warning("MOPS1161", $"{pairs} of these pairs ask what the evaluation asks: a build refuses them (MOPS1015) as long as those rows judge the model. Remove the rows from EvalData and hold out new ones before you train on these.", new SourceLocation(file));

    public static Diagnostic PacksUnreviewed(string project, int rows)
        => Diagnostic.Warning("MOPS1162", $"The model of this package learned from {(rows == 1 ? "1 row" : $"{rows} rows")} that nobody reviewed, and its provenance says so. Review the rows and import them again without --unreviewed before you release it.", new SourceLocation(project));

    private static DiagnosticException Error(string code, string message, SourceLocation at) => new(Diagnostic.Error(code, message, at));
}
