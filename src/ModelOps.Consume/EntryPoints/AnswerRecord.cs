namespace ModelOps.Consume.EntryPoints;

/// <summary>A property of answers.</summary>
/// <param name="Field">Its name in JSON.</param>
/// <param name="Name">Its name in C#.</param>
internal sealed record AnswerMember(string Field, string Name, bool IsRequired, AnswerType Type)
{
    public bool MayLack => !IsRequired || Type.IsNullable;
}

/// <summary>A record for an object of the schema of answers, read without reflection, so that trimmed and native apps can use it.</summary>
/// <param name="Reader">Name of the method beside it that reads one; a method, because a property of a record may have the name of another record.</param>
/// <param name="Variable">Gives a name that no other variable has.</param>
internal sealed record AnswerRecord(string Name, string Reader, IReadOnlyList<AnswerMember> Members, Func<string> Variable)
{
    public void Write(SourceText source, string packageId)
    {
        string members = string.Join(", ", Members.Select(m => $"{m.Type.Name}{(m.MayLack ? "?" : "")} {m.Name}"));
        source.Line().Summary("What the model answers, as its schema says.").Open($"public sealed record {Name}({members})");
        source.Summary("Reads an answer.").Line("/// <exception cref=\"global::System.FormatException\">It is not as the schema says.</exception>").Open($"public static {Name} Parse(string answer)");
        source.Open("try")
            .Line("using global::System.Text.Json.JsonDocument document = global::System.Text.Json.JsonDocument.Parse(answer);")
            .Line($"return {Reader}(document.RootElement);").Close();
        source.Open("catch (global::System.Exception e) when (e is global::System.Text.Json.JsonException or global::System.InvalidOperationException or global::System.FormatException or global::System.Collections.Generic.KeyNotFoundException)")
            .Line($"throw new global::System.FormatException({SourceText.Literal($"The answer is not as the schema of package {packageId} says: ")} + e.Message, e);").Close();
        source.Close().Close().Line();
        source.Line($"private static {Name} {Reader}(global::System.Text.Json.JsonElement json) => new {Name}(");
        for (int i = 0; i < Members.Count; i++)
        {
            source.Line($"    {Read(Members[i])}{(i + 1 < Members.Count ? "," : ");")}");
        }
    }

    private string Read(AnswerMember member)
    {
        string field = SourceText.Literal(member.Field);
        if (!member.MayLack)
        {
            return member.Type.Read($"json.GetProperty({field})");
        }

        string value = Variable();
        string found = member.IsRequired ? $"json.GetProperty({field}) is var {value}" : $"json.TryGetProperty({field}, out var {value})";
        return $"{found} && {value}.ValueKind != global::System.Text.Json.JsonValueKind.Null ? {member.Type.Read(value)} : null";
    }
}
