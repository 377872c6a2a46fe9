using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;

namespace ModelOps.Core.Tests.Reporting;

/// <summary>
/// The part of the JUnit format that we write, as a schema of our own: elements and attributes in the order in which readers accept them, and nothing else. It is narrower than the schema of the
/// Jenkins xUnit plug-in (<c>junit-10.xsd</c>, jenkinsci/xunit-plugin at 031e285), which may not be carried here; every file of these tests was once held against that one as well.
/// </summary>
internal static class JUnitShape
{
    private const string Schema = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:element name="testsuites">
            <xs:complexType>
              <xs:sequence><xs:element name="testsuite" type="suite"/></xs:sequence>
              <xs:attribute name="name" type="words" use="required"/>
              <xs:attributeGroup ref="counts"/>
            </xs:complexType>
            <xs:unique name="cases"><xs:selector xpath="testsuite/testcase"/><xs:field xpath="@name"/></xs:unique>
          </xs:element>
          <xs:complexType name="suite">
            <xs:sequence><xs:element name="testcase" type="case" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
            <xs:attribute name="name" type="words" use="required"/>
            <xs:attributeGroup ref="counts"/>
            <xs:attribute name="skipped" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="time" type="xs:decimal" use="required"/>
          </xs:complexType>
          <xs:complexType name="case">
            <xs:sequence>
              <xs:choice minOccurs="0">
                <xs:element name="failure"><xs:complexType><xs:attribute name="message" type="xs:string" use="required"/><xs:attribute name="type" use="required">
                  <xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="failed"/><xs:enumeration value="inconclusive"/><xs:enumeration value="wrong"/></xs:restriction></xs:simpleType>
                </xs:attribute></xs:complexType></xs:element>
                <xs:element name="skipped"><xs:complexType><xs:attribute name="message" type="xs:string" use="required"/></xs:complexType></xs:element>
              </xs:choice>
              <xs:element name="system-out" type="xs:string" minOccurs="0"/>
            </xs:sequence>
            <xs:attribute name="classname" type="words" use="required"/>
            <xs:attribute name="name" type="words" use="required"/>
            <xs:attribute name="time" type="xs:decimal" use="required"/>
          </xs:complexType>
          <xs:attributeGroup name="counts">
            <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
            <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
          </xs:attributeGroup>
          <xs:simpleType name="words"><xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction></xs:simpleType>
        </xs:schema>
        """;

    private static readonly XmlSchemaSet s_schemas = Compile();

    public static IReadOnlyList<string> Problems(byte[] file)
    {
        var problems = new List<string>();
        var document = XDocument.Load(new MemoryStream(file));
        document.Validate(s_schemas, (_, e) => problems.Add(e.Message));
        foreach (XElement counted in document.Root!.DescendantsAndSelf().Where(e => e.Attribute("tests") is not null))
        {
            foreach ((string name, int count) in ((string, int)[])[("tests", counted.Descendants("testcase").Count()), ("failures", counted.Descendants("failure").Count()), ("skipped", counted.Descendants("skipped").Count())])
            {
                if (counted.Attribute(name) is { } said && (int)said != count)
                {
                    problems.Add($"{counted.Name} says {(int)said} {name} and has {count}");
                }
            }
        }

        return problems;
    }

    private static XmlSchemaSet Compile()
    {
        var schemas = new XmlSchemaSet();
        using var reader = XmlReader.Create(new StringReader(Schema));
        schemas.Add(null, reader);
        schemas.Compile();
        return schemas;
    }
}
