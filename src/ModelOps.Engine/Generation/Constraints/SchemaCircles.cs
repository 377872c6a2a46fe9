namespace ModelOps.Engine.Generation.Constraints;

/// <summary>A reference that leads back to itself without an object or an array in between stands for nothing.</summary>
internal static class SchemaCircles
{
    internal static void Refuse(IReadOnlyList<ReferenceNode> references)
    {
        foreach (var reference in references)
        {
            if (Reaches(reference.Node!, reference, []))
                throw new JsonSchemaException("$ref", reference.Pointer, "the reference leads back to itself without an object or an array in between");
        }
    }

    private static bool Reaches(SchemaNode from, ReferenceNode sought, HashSet<SchemaNode> seen) => seen.Add(from) && from switch
    {
        ReferenceNode reference => reference == sought || Reaches(reference.Node!, sought, seen),
        ChoiceNode choice => choice.Branches.Any(branch => Reaches(branch, sought, seen)),
        _ => false,
    };
}
