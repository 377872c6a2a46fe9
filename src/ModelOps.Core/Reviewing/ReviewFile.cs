using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Reviewing;

/// <summary>
/// Ratings as a file of the project, JSON Lines for committing: a line per question (<c>question</c>), then a line per rating (<c>item</c>, <c>attribute</c>, <c>rater</c>,
/// <c>value</c>), in ordinal order, so that two imports merge like any other text. <c>docs/formats/review.md</c>.
/// </summary>
public sealed record ReviewFile(IReadOnlyList<ReviewAttribute> Attributes, IReadOnlyList<Rating> Ratings)
{
    public static ReviewFile Empty { get; } = new([], []);

    /// <exception cref="DiagnosticException"><c>MOPS5324</c>: a line is no rating.</exception>
    public static ReviewFile Parse(string text, string file)
    {
        var attributes = new Dictionary<string, ReviewAttribute>(StringComparer.Ordinal);
        var ratings = new List<Rating>();
        int number = 0;
        foreach (string line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            if (line.Trim().Length > 0)
            {
                Line(line, attributes, ratings, new SourceLocation(file, number));
            }
        }

        return new ReviewFile([.. attributes.Values], ratings);
    }

    /// <summary>With further ratings; what a rater says again of one answer replaces what was said before.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5325</c>: a question of that name has other values.</exception>
    public ReviewFile With(IEnumerable<ReviewAttribute> attributes, IEnumerable<Rating> ratings, string file)
    {
        Dictionary<string, ReviewAttribute> known = Attributes.ToDictionary(a => a.Name, StringComparer.Ordinal);
        foreach (ReviewAttribute attribute in attributes)
        {
            if (known.TryGetValue(attribute.Name, out ReviewAttribute? other) && other.ToString() != attribute.ToString())
            {
                throw ReviewErrors.OtherQuestion(new SourceLocation(file), other, attribute);
            }

            known[attribute.Name] = attribute;
        }

        Dictionary<(string, string, string), Rating> all = Ratings.ToDictionary(Key);
        foreach (Rating rating in ratings)
        {
            all[Key(rating)] = rating;
        }

        return new ReviewFile([.. known.Values], [.. all.Values]);
    }

    public byte[] Write()
    {
        IEnumerable<byte[]> questions = Attributes.OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => CanonicalWriter.Object(json => json.WriteString("question", a.ToString())));
        IEnumerable<byte[]> ratings = Ratings.OrderBy(r => r.Item, StringComparer.Ordinal).ThenBy(r => r.Attribute, StringComparer.Ordinal).ThenBy(r => r.Rater, StringComparer.Ordinal)
            .Select(r => CanonicalWriter.Object(json =>
            {
                json.WriteString("item", r.Item);
                json.WriteString("attribute", r.Attribute);
                json.WriteString("rater", r.Rater);
                json.WriteString("value", r.Value);
            }));
        return Encoding.UTF8.GetBytes(string.Concat(questions.Concat(ratings).Select(line => Encoding.UTF8.GetString(line) + "\n")));
    }

    public ReviewAttribute? Find(string attribute) => Attributes.FirstOrDefault(a => a.Name == attribute);

    private static (string, string, string) Key(Rating rating) => (rating.Item, rating.Attribute, rating.Rater);

    private static void Line(string line, Dictionary<string, ReviewAttribute> attributes, List<Rating> ratings, SourceLocation at)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement json = document.RootElement;
            if (json.OptionalString("question") is { } question)
            {
                ReviewAttribute attribute = ReviewAttribute.TryParse(question) ?? throw new FormatException($"'{question}' is no question");
                attributes[attribute.Name] = attribute;
                return;
            }

            var rating = new Rating(json.String("item"), json.String("attribute"), json.String("rater"), json.String("value"));
            if (!attributes.TryGetValue(rating.Attribute, out ReviewAttribute? known) || known.IndexOf(rating.Value) is null)
            {
                throw new FormatException($"no question above asks for '{rating.Attribute}' with the value '{rating.Value}'");
            }

            ratings.Add(rating);
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            throw ReviewErrors.BadLine(at, failure.Message);
        }
    }
}
