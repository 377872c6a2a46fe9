using System.Globalization;
using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Core.Data;

/// <summary>What may be wrong with rows that are valid: one method per situation. Their severities are the project's to choose.</summary>
public static class DataFindings
{
    public static Diagnostic Mojibake(SourceLocation at, string found, string meant)
        => Warning("MOPS1030", $"The text has '{ForeignText.Clean(found, 8)}' where '{ForeignText.Clean(meant, 8)}' was meant: UTF-8 was read as Windows-1252 or Latin-1 on its way here. Export it again as UTF-8.", at);

    public static Diagnostic LostCharacter(SourceLocation at)
        => Warning("MOPS1031", "The text has U+FFFD, which stands for a character that was lost when bytes were read in the wrong encoding. Take the text from its source again.", at);

    public static Diagnostic InvisibleCharacter(SourceLocation at, int character)
        => Warning("MOPS1032", $"The text has U+{character:X4}, which nobody sees and the model reads as a token of its own. Remove it.", at);

    public static Diagnostic AnswerBreaksSchema(SourceLocation at)
        => Warning("MOPS1035", "The answer is not of the project's AnswerSchema: the model would learn what it may never say. Correct the answer or the schema.", at);

    public static Diagnostic Secret(SourceLocation at, string what)
        => Error("MOPS1040", $"The text has what looks like a {what}. A model repeats what it was trained on, and packages are copied: revoke the secret, and put a placeholder in its place.", at);

    public static Diagnostic Email(SourceLocation at)
        => Warning("MOPS1041", "The text has an e-mail address. A model can repeat personal data that it was trained on; put a placeholder, or an address under example.com, in its place.", at);

    public static Diagnostic Phone(SourceLocation at)
        => Warning("MOPS1042", "The text has a phone number. A model can repeat personal data that it was trained on; put a placeholder, or a number kept for fiction (555-0100 to 555-0199), in its place.", at);

    public static Diagnostic Card(SourceLocation at)
        => Warning("MOPS1043", "The text has the number of a payment card (its check digit is right). Put a placeholder in its place.", at);

    public static Diagnostic Iban(SourceLocation at)
        => Warning("MOPS1044", "The text has an IBAN (its check digits are right). Put a placeholder in its place.", at);

    public static Diagnostic Duplicate(SourceLocation at, SourceLocation first)
        => Warning("MOPS1045", $"This row is the same as {first}. It counts twice in training and in every score; remove one, unless it is meant to weigh more.", at);

    public static Diagnostic NearDuplicate(SourceLocation at, SourceLocation first, double likeness)
        => Warning("MOPS1046", $"This row is nearly the same as {first} ({Share(likeness)} of their runs of three words are shared). Keep the better one.", at);

    public static Diagnostic Contradiction(SourceLocation at, SourceLocation first)
        => Warning("MOPS1047", $"The same question has another answer at {first}. The model cannot learn both; decide which one is right.", at);

    public static Diagnostic NearLeakage(SourceLocation at, SourceLocation learned, DatasetKind kind, DatasetKind learnedKind, double likeness)
        => Error("MOPS1048", $"The question of this row of the {kind.Name()} set is nearly that of the {learnedKind.Name()} row {learned} ({Share(likeness)} of their runs of three words are shared). A score on what was trained on proves nothing; remove one of the two.", at);

    public static Diagnostic Imbalance(SourceLocation at, string rare, int rareRows, string frequent, int frequentRows, int labels)
        => Warning("MOPS1050", $"The {labels} answers are far from balanced: '{ForeignText.Clean(frequent, 40)}' has {Rows(frequentRows)}, '{ForeignText.Clean(rare, 40)}' {Rows(rareRows)} (first here). A model learns to say the frequent one; add rows of the rare ones, or gate on MacroF1 instead of a share of right answers.", at);

    public static Diagnostic LabelNotLearned(SourceLocation at, string label, int rows)
        => Warning("MOPS1051", $"{Rows(rows)} of the evaluation set expect the answer '{ForeignText.Clean(label, 40)}' (first here), which no training row teaches. Add training rows, or remove these.", at);

    public static Diagnostic LabelNotTested(SourceLocation at, string label, int rows)
        => Warning("MOPS1052", $"The answer '{ForeignText.Clean(label, 40)}' is taught by {Rows(rows)} (first here) and tested by none: no gate can see whether it was learned. Add evaluation rows.", at);

    public static Diagnostic Shift(SourceLocation at, string part, int learned, int asked, double distance)
        => Warning("MOPS1053", $"The evaluation rows are unlike the training rows: half of the {part}s have at most {learned} words in training and {asked} here (distributions {Share(distance)} apart). A score on other rows says little; split one set at random instead.", at);

    public static Diagnostic UnknownField(SourceLocation at, string name, int rows, string? near)
        => new("MOPS1067", near is null ? DiagnosticSeverity.Info : DiagnosticSeverity.Warning, $"{Rows(rows)} {(rows == 1 ? "has" : "have")} the property '{ForeignText.Clean(name, 40)}' (first here), which means nothing but to a prompt that names it."
            + (near is null ? " It is part of the row: to change it retrains." : $" Did you mean '{near}'?"), at);

    public static Diagnostic ProductionWords(SourceLocation at, double usual, double found)
        => Warning("MOPS1068", $"The training rows are unlike what is asked in production: half of the training questions know {Share(usual)} of the words of the other half, and {Share(found)} of those of this log. Add rows like the log's.", at);

    public static Diagnostic ProductionLengths(SourceLocation at, int learned, int asked, double distance)
        => Warning("MOPS1069", $"The training rows are unlike what is asked in production: half of the questions have at most {learned} words in training and {asked} in this log (distributions {Share(distance)} apart). Add rows like the log's.", at);

    public static Diagnostic UnreadableLog(SourceLocation at)
        => Warning("MOPS1070", "The line of the log asks nothing: expected a JSON object with 'messages', one of them the user's, or with a text 'prompt'. It is passed over.", at);

    public static Diagnostic MoreFindings(int more, DiagnosticSeverity severity)
        => new("MOPS1021", severity, $"{more} more problem{(more == 1 ? "" : "s")} not shown; problems.txt under the project's obj/modelops has them all.");

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");

    private static string Rows(int count) => count == 1 ? "1 row" : $"{count} rows";
}
